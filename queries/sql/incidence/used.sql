-- Grain: one row per account, kind and value used in the window (method, section 1).
-- Inputs: facts.signal, facts.derived, facts.prompt, facts.family, account, kind;
-- $window_start, $window_end.
-- Output: account_key, kind_key, value_hash, first_seen, last_seen, n.
-- Why: a transient 64-bit hash stands for the value until it is known to be shared: most values are
-- not, and string dictionaries for all of them cost more than everything else.
CREATE OR REPLACE TABLE used AS
WITH telling AS (SELECT kind FROM kind WHERE m > 0 OR profile_cap > 0),
rows AS (
    SELECT account_id, kind, hash(value) AS value_hash, first_seen, last_seen, n
    FROM facts.signal
    WHERE kind IN (FROM telling)
    UNION ALL
    SELECT account_id, kind, hash(value), first_seen, last_seen, n
    FROM facts.derived
    WHERE kind IN (FROM telling)
    UNION ALL
    SELECT p.account_id, 'prompt', hash(f.family), p.sent_at, p.sent_at, p.n
    FROM facts.prompt AS p
    JOIN facts.family AS f USING (doc)
)
SELECT
    a.account_key, k.kind_key, r.value_hash, min(r.first_seen) AS first_seen,
    max(r.last_seen) AS last_seen, sum(r.n)::BIGINT AS n
FROM rows AS r
JOIN kind AS k USING (kind)
JOIN account AS a USING (account_id)
WHERE
    (k.m > 0 OR k.profile_cap > 0) AND NOT a.set_aside
    AND (r.last_seen IS NULL OR r.last_seen >= $window_start)
    AND (r.first_seen IS NULL OR r.first_seen < $window_end)
GROUP BY a.account_key, k.kind_key, r.value_hash
