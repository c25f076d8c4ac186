-- Grain: one text. Input: x VARCHAR, cleaned. Output: the domain in lower case without "*.", "@"
-- or dots at its ends; NULL when x is no domain.
-- Why: lists write the same domain in several ways.
CREATE OR REPLACE TEMP MACRO domain_of_text(x) AS
CASE
    WHEN regexp_full_match(trim(lower(x), '.*@'), '[^\s@/:.]+(?:\.[^\s@/:.]+)*')
        THEN trim(lower(x), '.*@')
END
