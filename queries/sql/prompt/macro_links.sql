-- Macro prompt_links(plain): links keep host and path only.
-- Input: one text in lower case. Output: VARCHAR.
-- Why: query and fragment (?ref= numbers) differ in each copy of the same text.
CREATE OR REPLACE TEMP MACRO prompt_links(plain) AS CASE
    WHEN contains(plain, '://') OR contains(plain, 'www.')
        THEN regexp_replace(plain, '((?:https?://|www\.)[^\s?#]*)[?#]\S*', '\1', 'g')
    ELSE plain
END;
