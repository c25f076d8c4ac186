-- Grain: one row per kind. Inputs: total, kind. Output: kind, e (incidences of the kind, shared or
-- not).
-- Why: E of method section 5 goes into the sweep's register, so that a part can be judged again
-- against the whole.
SELECT k.kind, t.e FROM total AS t JOIN kind AS k USING (kind_key) ORDER BY k.kind
