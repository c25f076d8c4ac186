-- Grain: one row per member. Input: membership. Output: account_key, c.
-- Why: the judgement weighs the whole cluster, not its core alone.
CREATE OR REPLACE TABLE base AS
SELECT account_key, c FROM membership
