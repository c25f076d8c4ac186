-- Grain: one row per given pair and kind.
-- Inputs: facts.link, $a, $b (account ids), $window_start, $window_end.
-- Output: kind, similarity, seen_at.
-- Why: another system's word on the pair.
SELECT kind, max(similarity) AS similarity, min(seen_at) AS seen_at
FROM facts.link
WHERE
    ((src = $a AND dst = $b) OR (src = $b AND dst = $a))
    AND (seen_at IS NULL OR (seen_at >= $window_start AND seen_at < $window_end))
GROUP BY kind
ORDER BY kind
