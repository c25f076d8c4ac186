-- Grain: as link/meeting_all, for pairs given by another system. Inputs: facts.link, account, kind;
-- $window_start, $window_end.
-- Output: rows added to meeting.
-- Why: a given pair is worth the share of its kind's most that its similarity says.
INSERT INTO meeting
WITH given AS (
    SELECT
        least(s.account_key, d.account_key) AS src_key,
        greatest(s.account_key, d.account_key) AS dst_key, k.kind_key,
        max(round(1e6 * k.max_bits * l.similarity))::BIGINT AS bits
    FROM facts.link AS l
    JOIN kind AS k USING (kind)
    JOIN account AS s ON s.account_id = l.src
    JOIN account AS d ON d.account_id = l.dst
    WHERE
        l.src <> l.dst AND k.m > 0 AND NOT s.set_aside AND NOT d.set_aside
        AND (l.seen_at IS NULL OR (l.seen_at >= $window_start AND l.seen_at < $window_end))
    GROUP BY ALL
)
SELECT (src_key::BIGINT << 32) | dst_key, kind_key, bits FROM given WHERE bits > 0
