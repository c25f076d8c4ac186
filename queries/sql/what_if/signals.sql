-- Grain: no row. Output: facts.signal of the scratch store.
-- Why: without a window no use is looked up, and the facts are not read.
CREATE OR REPLACE VIEW facts.signal AS
SELECT
    NULL::VARCHAR AS account_id, NULL::VARCHAR AS kind, NULL::VARCHAR AS value,
    NULL::TIMESTAMP AS first_seen, NULL::TIMESTAMP AS last_seen
WHERE false
