-- Grain: one row per kind seen in the facts, with its profile. Input: kind_profile (registered by
-- the stage: every kind in name order).
-- Output: kind_key, kind, family, m, cap, hub_max, partners, max_bits, min_bits, profile_cap,
-- window_us, half_life_us, strong.
-- Why: later stages join settings instead of formatting them into their text.
CREATE OR REPLACE TABLE kind AS
SELECT * FROM kind_profile ORDER BY kind_key
