-- Grain: one text. Input: x VARCHAR, cleaned. Output: the address in the one form its mailbox
-- has (case folded; tags and dots gone where the provider ignores them), or NULL when x is no
-- address.
-- Why: a.b+1@gmail.com and ab@googlemail.com reach one person. A hexadecimal digest passes as it
-- is.
CREATE OR REPLACE TEMP MACRO email_of_text(x) AS
CASE
    WHEN regexp_full_match(x, '[^@\s,;<>"]+@(?:[^@\s.,;<>"]+\.)+[^@\s.,;<>"\d][^@\s.,;<>"]*\.?')
        THEN list_transform(
            [string_split(lower(x), '@')],
            lambda p: email_of_parts(p[1], rtrim(p[2], '.'))
        )[1]
    WHEN regexp_full_match(x, '[0-9a-fA-F]{32,128}') THEN lower(x)
END
