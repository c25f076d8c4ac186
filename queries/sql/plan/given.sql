-- Grain: one row per kind of given links. Inputs: facts.link, account, kind; $window_start,
-- $window_end.
-- Output: kind, n_pairs.
-- Why: pairs that another system found join the meetings as they are (link/meeting_given).
SELECT kind, count(*) AS n_pairs
FROM (
    SELECT DISTINCT
        k.kind, least(s.account_key, d.account_key) AS src_key,
        greatest(s.account_key, d.account_key) AS dst_key
    FROM facts.link AS l
    JOIN kind AS k USING (kind)
    JOIN account AS s ON s.account_id = l.src
    JOIN account AS d ON d.account_id = l.dst
    WHERE
        l.src <> l.dst AND k.m > 0 AND NOT s.set_aside AND NOT d.set_aside
        AND (l.seen_at IS NULL OR (l.seen_at >= $window_start AND l.seen_at < $window_end))
        AND round(1e6 * k.max_bits * l.similarity) > 0
)
GROUP BY kind
ORDER BY kind
