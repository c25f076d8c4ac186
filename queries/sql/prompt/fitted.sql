-- Families that listed texts stand for.
-- Grain: one row per listed text and family. Input: prompt_fit (listed, name).
-- Output: listed BIGINT (row of the text), family VARCHAR.
CREATE OR REPLACE TEMP VIEW prompt_fitted AS
SELECT
    listed,
    'p-' || lower(lpad(to_hex(name), 12, '0')) AS family
FROM prompt_fit;
