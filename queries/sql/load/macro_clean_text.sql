-- Grain: one text. Input: x VARCHAR. Output: x in NFC, without control, zero-width and bidi
-- characters (BOM included) and without white space at its ends; NULL stays NULL.
-- Why: equal values must compare equal; plain ASCII, nearly all of it, leaves at the first test.
CREATE OR REPLACE TEMP MACRO clean_text(x) AS
CASE
    WHEN regexp_full_match(x, '[!-~](?:[ -~]*[!-~])?') THEN x
    ELSE regexp_replace(
        nfc_normalize(
            regexp_replace(
                x,
                '[\p{Cc}\x{AD}\x{180E}\x{200B}-\x{200F}\x{202A}-\x{202E}\x{2060}-\x{206F}\x{FEFF}]+',
                '', 'g'
            )
        ),
        '^\p{Z}+|\p{Z}+$', '', 'g'
    )
END
