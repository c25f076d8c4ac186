-- Grain: one number. Input: x VARCHAR of digits and "+". Output: see phone_of_text.
-- Why: "00" is the way out of most countries, as "+" is.
CREATE OR REPLACE TEMP MACRO phone_of_digits(x) AS
CASE
    WHEN length(replace(x, '+', '')) NOT BETWEEN 4 AND 17 THEN NULL
    WHEN starts_with(x, '+') THEN '+' || replace(x, '+', '')
    WHEN starts_with(x, '00') THEN '+' || replace(x[3:], '+', '')
    ELSE replace(x, '+', '')
END
