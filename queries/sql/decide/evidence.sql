-- Grain: as before. Inputs: finding_evidence, finding_member, incidence, finding_value,
-- decide_name, load, total, kind. Replaces finding_evidence.
-- Why: what the members of the new groups share, by the rule of judge/value_in.
CREATE OR REPLACE TABLE finding_evidence AS
WITH groups AS (
    SELECT m.sweep_id, m.cluster_id, m.account_key
    FROM finding_member AS m
    SEMI JOIN decide_name AS n USING (account_key)
),
mass AS (
    SELECT g.cluster_id, l.kind_key, sum(l.d)::DOUBLE AS mass
    FROM groups AS g
    JOIN load AS l USING (account_key)
    GROUP BY g.cluster_id, l.kind_key
),
inside AS (
    SELECT g.sweep_id, g.cluster_id, i.value_key, count(*)::INTEGER AS n_in
    FROM groups AS g
    JOIN incidence AS i USING (account_key)
    GROUP BY g.sweep_id, g.cluster_id, i.value_key
    HAVING count(*) >= 2
),
kept AS (
    SELECT e.*
    FROM finding_evidence AS e
    ANTI JOIN (SELECT DISTINCT old_id AS cluster_id FROM decide_name) AS o USING (cluster_id)
)
SELECT * FROM kept
UNION ALL BY NAME
SELECT
    i.sweep_id, i.cluster_id, i.value_key, v.kind, v.value, i.n_in, v.n_accounts AS n_all,
    CASE
        WHEN v.treatment IN ('used', 'hub') THEN greatest(0, round(
            log2((i.n_in / m.mass) / ((v.n_accounts - i.n_in + 1) / (x.e - m.mass + 1))), 3
        ))
        ELSE 0
    END AS bits
FROM inside AS i
JOIN finding_value AS v USING (value_key)
JOIN kind AS k ON k.kind = v.kind
JOIN mass AS m ON m.cluster_id = i.cluster_id AND m.kind_key = k.kind_key
JOIN total AS x ON x.kind_key = k.kind_key
