-- Grain: one row per name that reviewers gave. Input: register.decision. Output: reviewer.
-- Why: one person may have written a name in several ways.
SELECT DISTINCT reviewer FROM register.decision WHERE reviewer IS NOT NULL ORDER BY reviewer
