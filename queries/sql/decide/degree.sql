-- Grain: as before. Inputs: finding_member, finding_link, decide_name. Replaces finding_member.
-- Why: links to other members, counted anew where the members changed.
CREATE OR REPLACE TABLE finding_member AS
WITH ends AS (
    SELECT unnest([src_key, dst_key]) AS account_key FROM finding_link WHERE cluster_id IS NOT NULL
),
degree AS (
    SELECT account_key, count(*)::INTEGER AS n FROM ends GROUP BY account_key
)
SELECT
    m.* REPLACE (if(n.account_key IS NULL, m.n_links, coalesce(d.n, 0)) AS n_links)
FROM finding_member AS m
LEFT JOIN decide_name AS n USING (account_key)
LEFT JOIN degree AS d USING (account_key)
