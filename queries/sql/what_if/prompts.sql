-- Grain: no row. Output: facts.prompt of the scratch store.
-- Why: the hours of prompts are among those of past_activity.
CREATE OR REPLACE VIEW facts.prompt AS
SELECT NULL::VARCHAR AS account_id, NULL::VARCHAR AS doc, NULL::TIMESTAMP AS sent_at, 0::BIGINT AS n
WHERE false
