-- Grain: one row per kind in the facts. Inputs: facts.signal, facts.derived, facts.prompt,
-- facts.link. Output: kind, room (signal or link).
-- Why: kinds nobody declared take the default profile; kinds that are absent cost nothing.
WITH seen AS (
    SELECT DISTINCT kind, 'signal' AS room FROM facts.signal
    UNION
    SELECT DISTINCT kind, 'signal' FROM facts.derived
    UNION
    SELECT 'prompt', 'signal' FROM facts.prompt
    UNION
    SELECT DISTINCT kind, 'link' FROM facts.link
)
SELECT kind, min(room) AS room FROM seen GROUP BY kind ORDER BY kind
