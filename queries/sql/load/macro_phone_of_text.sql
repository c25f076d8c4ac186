-- Grain: one text. Input: x VARCHAR, cleaned. Output: digits with a leading "+" where one stood
-- (or "00"), without an extension; NULL when there are fewer than 4 or more than 17 digits.
-- Why: people write a number in many ways. A token with letters in it (a digest) passes as it
-- is.
CREATE OR REPLACE TEMP MACRO phone_of_text(x) AS
CASE
    WHEN regexp_full_match(x, '\+?[1-9]\d{4,16}') THEN x
    WHEN regexp_full_match(x, '(?:tel:)?[\d\s()+./\p{Pd}]+(?:\s*(?:;ext=|ext\.?|x|#)\s*\d+)?')
        THEN phone_of_digits(
            regexp_replace(
                regexp_replace(x, '\s*(?:;ext=|ext\.?|x|#)\s*\d+$|^tel:', '', 'g'), '[^\d+]', '', 'g'
            )
        )
    WHEN regexp_matches(x, '[A-Za-z]') AND length(x) >= 8 AND NOT contains(x, ' ') THEN x
END
