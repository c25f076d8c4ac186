-- Grain: one row per given pair and kind. Inputs: links_given, $a, $b (account ids).
-- Output: kind, similarity, seen_at.
-- Why: another system's word on the pair.
SELECT kind, max(similarity) AS similarity, min(seen_at) AS seen_at
FROM links_given
WHERE (src = $a AND dst = $b) OR (src = $b AND dst = $a)
GROUP BY kind
ORDER BY kind
