-- Grain: one row per member, in order. Input: membership. Output: account_key, c.
-- Why: what the consensus is held against.
SELECT account_key, c FROM membership ORDER BY account_key
