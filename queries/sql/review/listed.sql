-- Grain: one row per target. Input: review_listing. Output: target, n_members, members_hash.
-- Why: the log's chain covers the list through its hash, part numbers of a split included.
SELECT
    target, count(*)::INTEGER AS n_members,
    sha256(string_agg(
        account_hash || ' ' || role || coalesce(' ' || part, ''), chr(10) ORDER BY account_hash
    )) AS members_hash
FROM review_listing
GROUP BY target
