-- Grain: one row. Input: decisions. Output: n, decisions on clusters that a second reviewer must approve.
-- Why: they teach nothing yet, and whoever asks why should be told.
SELECT count(*) AS n
FROM decisions
WHERE
    status = 'pending' AND cluster_id IS NOT NULL AND account_id IS NULL
    AND decision IN ('confirm', 'benign')
