-- Grain: one row per active hour of an account that is asked again. Inputs: past_activity, account.
-- Output: facts.event of the scratch store.
-- Why: the hours that the sweep looked at, without reading every event again. A view of the schema
-- facts would take "account" for facts.account.
CREATE OR REPLACE VIEW facts.event AS
SELECT a.account_id, make_timestamp(h.hour::BIGINT * 3600000000) AS "at", 'request' AS type, 1::BIGINT AS n
FROM main.past_activity AS h
JOIN main.account AS a USING (account_key)
