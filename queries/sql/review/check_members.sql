-- Grain: one row per decision with a list of accounts. Input: register.decision_member.
-- Output: decision_id, n_members, members_hash (as review/listed makes it), n_renamed (accounts whose
-- name is not the hashed one), nameless (hashes of accounts without a name), n_odd (rows that no decision
-- writes and that the hash does not see).
-- Why: the chain holds the hash of the list; an edit of the list shows here.
SELECT
    decision_id, count(*)::INTEGER AS n_members,
    sha256(string_agg(
        account_hash || ' ' || role || coalesce(' ' || part, ''), chr(10) ORDER BY account_hash
    )) AS members_hash,
    count(*) FILTER (WHERE account_id IS NOT NULL AND sha256(account_id) <> account_hash) AS n_renamed,
    list(account_hash) FILTER (WHERE account_id IS NULL) AS nameless,
    count(*) FILTER (
        WHERE account_hash IS NULL OR role IS NULL OR role NOT IN ('core', 'member', 'fringe')
    ) AS n_odd
FROM register.decision_member
GROUP BY decision_id
ORDER BY decision_id
