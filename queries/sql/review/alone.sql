-- Grain: one row per target whose decision counts against the limits. Inputs: review_listing,
-- review_target, review_person (registered: target, person), review_name (registered: reviewer,
-- person), decisions, register.decision_member, findings.member; $sweep_id, $since. Output: target, n_cluster
-- (accounts of one cluster that the person decides on now or decided on alone before), cluster_id
-- (which), n_day (the same of all clusters, since $since).
-- Why: a cluster decided on in slices is as large as one decided on at once.
WITH at_hand AS (
    SELECT p.target, p.person, l.account_id
    FROM review_listing AS l
    JOIN review_person AS p USING (target)
    UNION
    SELECT p.target, p.person, t.account_id
    FROM review_target AS t
    JOIN review_person AS p USING (target)
    WHERE t.account_id IS NOT NULL
),
before AS (
    SELECT
        n.person, coalesce(d.account_id, l.account_id) AS account_id, d.cluster_id, d.decided_at
    FROM decisions AS d
    JOIN review_name AS n USING (reviewer)
    LEFT JOIN register.decision_member AS l
        ON l.decision_id = d.decision_id AND d.account_id IS NULL
    WHERE
        d.status = 'in force' AND NOT coalesce(d.needs_second, false)
        AND d.decision IN ('confirm', 'benign')
),
together AS (
    SELECT target, person, account_id, NULL AS cluster_id, true AS recent FROM at_hand
    UNION ALL
    SELECT NULL, person, account_id, cluster_id, decided_at > $since
    FROM before
    WHERE account_id IS NOT NULL
),
placed AS (
    SELECT t.* REPLACE (coalesce(m.cluster_id, t.cluster_id) AS cluster_id)
    FROM together AS t
    LEFT JOIN findings.member AS m ON m.sweep_id = $sweep_id AND m.account_id = t.account_id
),
of_cluster AS (
    SELECT person, cluster_id, count(DISTINCT account_id) AS n
    FROM placed
    WHERE cluster_id IS NOT NULL
    GROUP BY person, cluster_id
),
of_day AS (
    SELECT person, count(DISTINCT account_id) AS n FROM placed WHERE recent GROUP BY person
)
SELECT
    p.target, max(c.n) AS n_cluster, arg_max(p.cluster_id, c.n) AS cluster_id,
    any_value(d.n) AS n_day
FROM placed AS p
JOIN of_day AS d USING (person)
LEFT JOIN of_cluster AS c USING (person, cluster_id)
WHERE p.target IS NOT NULL
GROUP BY p.target
