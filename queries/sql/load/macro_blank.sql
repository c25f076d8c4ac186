-- Grain: one text. Input: x VARCHAR. Output: whether nothing stands there.
-- Why: NULL, "" and white space are one thing in files.
CREATE OR REPLACE TEMP MACRO blank(x) AS x IS NULL OR x = ''
