-- Grain: one row per kind. Inputs: kind, total. Output: the columns of kind; e (incidences of the
-- kind, shared or not).
-- Why: the profiles as the sweep used them and E of method section 5 go into the sweep's register,
-- so that a part can be judged again against the whole.
SELECT k.*, coalesce(t.e, 0) AS e FROM kind AS k LEFT JOIN total AS t USING (kind_key)
ORDER BY k.kind_key
