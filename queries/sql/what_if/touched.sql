-- Grain: one row per cluster that rests on something left out, the one to open first first.
-- Inputs: dropped, past_evidence, past_member, past_link, past_cluster. Output: cluster_id, size.
-- Why: nothing else can change by more than one account of its neighbourhood.
WITH gone AS (SELECT key AS account_key FROM dropped WHERE room = 'account'),
beside AS (
    SELECT l.dst_key AS account_key FROM past_link AS l JOIN gone AS g ON g.account_key = l.src_key
    UNION
    SELECT l.src_key FROM past_link AS l JOIN gone AS g ON g.account_key = l.dst_key
    UNION
    SELECT account_key FROM gone
),
touched AS (
    SELECT e.cluster_id
    FROM past_evidence AS e
    SEMI JOIN dropped AS d ON d.room = 'value' AND d.key = e.value_key
    UNION
    SELECT e.cluster_id
    FROM past_evidence AS e
    SEMI JOIN dropped AS d ON d.room = 'kind' AND d.kind = e.kind
    UNION
    SELECT m.cluster_id FROM past_member AS m SEMI JOIN beside USING (account_key)
)
SELECT c.cluster_id, c.size
FROM past_cluster AS c
SEMI JOIN touched USING (cluster_id)
ORDER BY
    CASE c.tier WHEN 'coordinated' THEN 0 WHEN 'linked' THEN 1 ELSE 2 END, c.score DESC,
    c.size DESC, c.cluster_id
