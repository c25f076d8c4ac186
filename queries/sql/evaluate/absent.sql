-- Grain: one row per account of $known (account ids) that the sweep did not see. Inputs:
-- findings.account, $sweep_id, $known. Output: account_id.
-- Why: a truth about other accounts measures nothing; a few that are missing must be said.
SELECT DISTINCT k.account_id
FROM (SELECT unnest($known::VARCHAR[]) AS account_id) AS k
ANTI JOIN findings.account AS a ON a.sweep_id = $sweep_id AND a.account_id = k.account_id
ORDER BY k.account_id
