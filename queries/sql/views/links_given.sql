-- Grain: one row per given pair and kind. Input: facts.link.
-- Why: pairs from other systems, apart from the links that a sweep finds.
CREATE OR REPLACE VIEW links_given AS
SELECT src, dst, kind, max(similarity) AS similarity, min(seen_at) AS seen_at
FROM facts.link
GROUP BY src, dst, kind
