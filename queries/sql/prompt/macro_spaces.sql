-- Macro prompt_spaces(linked): one space for each run of white space and control characters.
-- Input: one text. Output: VARCHAR, empty when nothing is left.
CREATE OR REPLACE TEMP MACRO prompt_spaces(linked) AS CASE
    WHEN contains(linked, '  ') OR regexp_matches(linked, '[\x00-\x1f\x7f]|^ | $')
        THEN trim(regexp_replace(linked, '[\x00-\x20\x7f]+', ' ', 'g'))
    ELSE linked
END;
