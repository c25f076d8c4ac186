-- Grain: one row per cluster and kind. Inputs: base, load. Output: c, kind_key, mass.
-- Why: M_c of method section 5: incidences of the cluster in the kind.
CREATE OR REPLACE TABLE mass AS
SELECT b.c, l.kind_key, sum(l.d)::DOUBLE AS mass
FROM base AS b
JOIN load AS l USING (account_key)
GROUP BY b.c, l.kind_key
