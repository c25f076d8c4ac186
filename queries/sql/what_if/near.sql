-- Grain: one row per account that is asked again. Inputs: scope, tied, past_member, $most.
-- Output: account_key.
-- Why: the clusters in question, the unclaimed accounts tied to them, and whole clusters beside them
-- (half a cluster would not hold its members), the most tied for their size first, up to $most
-- accounts.
CREATE OR REPLACE TABLE near AS
WITH size AS (SELECT cluster_id, count(*) AS n FROM past_member GROUP BY cluster_id),
beside AS (
    SELECT cluster_id, sum(n) AS ties FROM tied WHERE cluster_id IS NOT NULL GROUP BY cluster_id
),
kept AS (
    SELECT b.cluster_id
    FROM beside AS b
    JOIN size AS s USING (cluster_id)
    WHERE s.n <= $most
    QUALIFY sum(s.n) OVER (ORDER BY b.ties / s.n DESC, b.cluster_id) <= $most
)
SELECT account_key FROM scope
UNION
SELECT account_key FROM tied WHERE cluster_id IS NULL
UNION
SELECT account_key FROM past_member SEMI JOIN kept USING (cluster_id)
