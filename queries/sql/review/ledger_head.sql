-- Grain: one row, or none: the newest entry of the ledger. Input: register.export. Output: seq, hash.
-- Why: the next entry is chained to it.
SELECT seq, hash FROM register.export WHERE seq IS NOT NULL ORDER BY seq DESC LIMIT 1
