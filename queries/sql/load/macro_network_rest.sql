-- Grain: one network. Input: n INTEGER, bits that vary. Output: UHUGEINT, the largest number of
-- n bits.
-- Why: see macro network_of_text.
CREATE OR REPLACE TEMP MACRO network_rest(n) AS
CASE
    WHEN n >= 128 THEN 340282366920938463463374607431768211455::UHUGEINT
    ELSE CAST(2.0::DOUBLE ** n AS UHUGEINT) - 1
END
