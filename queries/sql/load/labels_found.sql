-- Grain: one row per label in lower case, at most 50. Input: incoming (label). Output: label.
-- Why: a column of nothing but yes and no is a verdict, all else names clusters.
SELECT DISTINCT lower(clean_text(label)) AS label
FROM incoming
WHERE label IS NOT NULL AND trim(label) <> ''
LIMIT 50
