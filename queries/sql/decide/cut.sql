-- Grain: one row per draft cluster, split that cuts it, and member. Inputs: finding_member,
-- finding_link, decide_list (registered). Output: decide_cut (cluster_id, decision_id, account_key, part).
-- Why: a split cuts whatever draft holds accounts of two or more of its parts. Who joined since goes
-- with the part that it is linked to most strongly, or with the largest.
CREATE OR REPLACE TABLE decide_cut AS
WITH known AS (
    SELECT m.cluster_id, l.decision_id, m.account_key, l.part
    FROM finding_member AS m
    JOIN decide_list AS l USING (account_id)
    WHERE l.part IS NOT NULL
),
cutting AS (
    SELECT cluster_id, decision_id, arg_max(part, (n, -part)) AS largest
    FROM (
        SELECT cluster_id, decision_id, part, count(*) AS n
        FROM known
        GROUP BY cluster_id, decision_id, part
    )
    GROUP BY cluster_id, decision_id
    HAVING count(*) >= 2
),
ends AS (
    SELECT src_key AS account_key, dst_key AS other_key, bits FROM finding_link
    UNION ALL
    SELECT dst_key, src_key, bits FROM finding_link
),
joined AS (
    SELECT c.cluster_id, c.decision_id, c.largest, m.account_key
    FROM cutting AS c
    JOIN finding_member AS m USING (cluster_id)
    ANTI JOIN known AS k
        ON k.cluster_id = c.cluster_id AND k.decision_id = c.decision_id
        AND k.account_key = m.account_key
),
pulled AS (
    SELECT j.cluster_id, j.decision_id, j.account_key, k.part, sum(e.bits) AS bits
    FROM joined AS j
    JOIN ends AS e ON e.account_key = j.account_key
    JOIN known AS k
        ON k.cluster_id = j.cluster_id AND k.decision_id = j.decision_id
        AND k.account_key = e.other_key
    GROUP BY j.cluster_id, j.decision_id, j.account_key, k.part
),
strongest AS (
    SELECT cluster_id, decision_id, account_key, arg_max(part, (round(bits, 6), -part)) AS part
    FROM pulled
    GROUP BY cluster_id, decision_id, account_key
)
SELECT k.cluster_id, k.decision_id, k.account_key, k.part
FROM known AS k
JOIN cutting AS c USING (cluster_id, decision_id)
UNION ALL
SELECT j.cluster_id, j.decision_id, j.account_key, coalesce(s.part, j.largest)
FROM joined AS j
LEFT JOIN strongest AS s USING (cluster_id, decision_id, account_key)
