-- Grain: one row per member of a draft. Inputs: finding_member, decide_cut. Output: decide_place
-- (account_key, cluster_id, place: the draft, and its part where splits cut it).
-- Why: several splits of one draft leave together whom none of them parts.
CREATE OR REPLACE TABLE decide_place AS
WITH cut AS (
    SELECT
        account_key,
        string_agg(decision_id || '#' || part, ' ' ORDER BY decision_id) AS part
    FROM decide_cut
    GROUP BY account_key
)
SELECT m.account_key, m.cluster_id, m.cluster_id || coalesce(' ' || c.part, '') AS place
FROM finding_member AS m
LEFT JOIN cut AS c USING (account_key)
