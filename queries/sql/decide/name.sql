-- Grain: one row per member of a group that people changed. Inputs: decide_place, decide_join
-- (registered: place, joined), finding_member; $sweep_id. Output: decide_name (account_key, old_id, cluster_id,
-- or NULL for whom a split left alone).
-- Why: named as newborn clusters are; the same accounts keep a name through the tracking that follows.
CREATE OR REPLACE TABLE decide_name AS
WITH grouped AS (
    SELECT p.account_key, p.cluster_id AS old_id, coalesce(j.joined, p.place) AS place
    FROM decide_place AS p
    LEFT JOIN decide_join AS j USING (place)
),
changed AS (
    SELECT place
    FROM grouped
    GROUP BY place
    HAVING count(DISTINCT old_id) > 1 OR bool_or(place <> old_id)
),
named AS (
    SELECT
        g.place, count(*) AS n,
        'c-' || left(md5($sweep_id || '|' || string_agg(
            md5(m.account_id), ',' ORDER BY m.account_id
        )), 10) AS cluster_id
    FROM grouped AS g
    JOIN changed AS c USING (place)
    JOIN finding_member AS m USING (account_key)
    GROUP BY g.place
)
SELECT g.account_key, g.old_id, if(n.n >= 2, n.cluster_id, NULL) AS cluster_id
FROM grouped AS g
JOIN named AS n USING (place)
