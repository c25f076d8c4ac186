-- Grain: one row per sweep and cluster. Inputs: findings.cluster, register.decision.
-- Why: the newest human confirmation outranks the automatic tier.
CREATE OR REPLACE VIEW clusters AS
WITH decided AS (
    SELECT cluster_id, arg_max(decision, decided_at) AS decision
    FROM register.decision
    WHERE cluster_id IS NOT NULL AND account_id IS NULL
    GROUP BY cluster_id
)
SELECT c.* REPLACE (if(d.decision = 'confirm', 'confirmed', c.tier) AS tier)
FROM findings.cluster AS c
LEFT JOIN decided AS d USING (cluster_id)
