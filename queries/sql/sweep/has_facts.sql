-- Grain: one row. Inputs: the facts that can link accounts. Output: found BOOLEAN.
-- Why: a sweep over nothing is a mistake of the caller, not an empty result.
SELECT
    EXISTS (SELECT 1 FROM facts.signal)
    OR EXISTS (SELECT 1 FROM facts.prompt)
    OR EXISTS (SELECT 1 FROM facts.link) AS found
