-- Grain: one e-mail address. Inputs: l VARCHAR, the local part; d VARCHAR, the domain; both in
-- lower case. Output: see email_of_text; NULL when nothing is left of the local part.
-- Why: the providers' own rules: Gmail ignores dots and tags, the others listed ignore tags.
CREATE OR REPLACE TEMP MACRO email_of_parts(l, d) AS
CASE
    WHEN d IN ('gmail.com', 'googlemail.com')
        THEN nullif(replace(split_part(l, '+', 1), '.', ''), '') || '@gmail.com'
    WHEN contains(l, '+') AND d IN (
        'outlook.com', 'hotmail.com', 'live.com', 'msn.com', 'fastmail.com', 'fastmail.fm',
        'proton.me', 'protonmail.com', 'pm.me', 'icloud.com', 'me.com', 'mac.com'
    )
        THEN nullif(split_part(l, '+', 1), '') || '@' || d
    ELSE l || '@' || d
END
