-- Grain: one row per linked account, in a cluster or not. Inputs: findings.link, findings.account,
-- $sweep_id, $known (account ids). Output: account_id, bits (of all its links), known_bits (of its
-- links to the known accounts; its own name among them changes nothing, no account links to itself).
-- Why: ranks accounts one by one. Whole numbers are summed, so that the order of rows is nothing.
WITH ends AS (
    SELECT src_key AS account_key, dst_key AS other_key, round(bits * 1e6)::BIGINT AS micro
    FROM findings.link
    WHERE sweep_id = $sweep_id
    UNION ALL
    SELECT dst_key, src_key, round(bits * 1e6)::BIGINT
    FROM findings.link
    WHERE sweep_id = $sweep_id
),
known AS (
    SELECT account_key
    FROM findings.account
    WHERE sweep_id = $sweep_id AND account_id IN (SELECT unnest($known::VARCHAR[]))
),
summed AS (
    SELECT
        e.account_key,
        sum(e.micro) AS micro,
        coalesce(sum(e.micro) FILTER (k.account_key IS NOT NULL), 0) AS known_micro
    FROM ends AS e
    LEFT JOIN known AS k ON k.account_key = e.other_key
    GROUP BY e.account_key
)
SELECT
    a.account_id,
    (s.micro / 1e6)::DOUBLE AS bits,
    (s.known_micro / 1e6)::DOUBLE AS known_bits
FROM summed AS s
JOIN findings.account AS a ON a.sweep_id = $sweep_id AND a.account_key = s.account_key
ORDER BY a.account_id
