-- Grain: one row per prompt text that has to go. Inputs: facts.prompt, facts.doc; $prompts_before and
-- $text_before (times or NULL). Output: retention_doc (doc, whole BOOLEAN: no prompt is left of it, so
-- that its row goes too).
-- Why: a text is kept as long as one prompt with it is.
CREATE OR REPLACE TEMP TABLE retention_doc AS
WITH used AS (
    SELECT d.doc, max(p.sent_at) AS newest, count(p.doc) FILTER (WHERE p.sent_at IS NULL) AS undated
    FROM (SELECT DISTINCT doc FROM facts.doc) AS d
    LEFT JOIN facts.prompt AS p USING (doc)
    GROUP BY d.doc
)
SELECT doc, coalesce(newest < $prompts_before::TIMESTAMP, false) AS whole
FROM used
WHERE
    undated = 0
    AND (newest < $prompts_before::TIMESTAMP OR newest < $text_before::TIMESTAMP)
