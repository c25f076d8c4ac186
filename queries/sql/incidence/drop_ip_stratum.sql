-- Grain: none. Input: ip_stratum.
-- Why: nothing after the incidences asks for it.
DROP TABLE ip_stratum
