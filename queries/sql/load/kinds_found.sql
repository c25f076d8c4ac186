-- Grain: one row per kind as it stands in the source, at most 1001. Input: incoming.
-- Output: kind, n_rows. Why: kinds are few; each is looked at once (typo, alias, unknown).
SELECT kind, count(*) AS n_rows FROM incoming WHERE kind IS NOT NULL GROUP BY kind LIMIT 1001
