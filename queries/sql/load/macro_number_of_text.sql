-- Grain: one text. Input: x VARCHAR. Output: DOUBLE; NULL when x is no number.
-- Why: text columns hold numbers in files.
CREATE OR REPLACE TEMP MACRO number_of_text(x) AS TRY_CAST(x AS DOUBLE)
