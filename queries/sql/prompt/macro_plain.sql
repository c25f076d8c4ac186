-- Macro prompt_plain(raw): lower case NFC text without invisible characters.
-- Input: one text. Output: VARCHAR.
-- Why: invisible and direction characters go, typographic quotes and full-width marks become plain.
-- The test for pure ASCII (as many bytes as characters) spares most prompts the work.
CREATE OR REPLACE TEMP MACRO prompt_plain(raw) AS CASE
    WHEN strlen(raw) = length(raw) THEN lower(raw)
    ELSE lower(nfc_normalize(translate(
        regexp_replace(
            raw,
            '[\x{00ad}\x{061c}\x{180e}\x{200b}-\x{200f}\x{202a}-\x{202e}\x{2060}-\x{206f}\x{fe00}-\x{fe0f}\x{feff}]',
            '', 'g'
        ),
        '‘’‚“”„«»–—―…、。，．！？：；（）' || chr(12288) || chr(160) || chr(8232) || chr(8233) || chr(133),
        '''''''"""""---.,.,.!?:;()     '
    )))
END;
