-- Grain: one expanded IPv6 address. Input: x VARCHAR, groups without leading zeros.
-- Output: the canonical text: the longest run of zero groups, the first of equals, as "::".
-- Why: RFC 5952, section 4.2; a single zero group is written out.
CREATE OR REPLACE TEMP MACRO ip_compressed(x) AS
CASE
    WHEN x = '0:0:0:0:0:0:0:0' THEN '::'
    WHEN regexp_matches(x, '(?:^|:)0(?::0){6}(?:$|:)')
        THEN regexp_replace(x, '(?:^|:)0(?::0){6}(?:$|:)', '::')
    WHEN regexp_matches(x, '(?:^|:)0(?::0){5}(?:$|:)')
        THEN regexp_replace(x, '(?:^|:)0(?::0){5}(?:$|:)', '::')
    WHEN regexp_matches(x, '(?:^|:)0(?::0){4}(?:$|:)')
        THEN regexp_replace(x, '(?:^|:)0(?::0){4}(?:$|:)', '::')
    WHEN regexp_matches(x, '(?:^|:)0(?::0){3}(?:$|:)')
        THEN regexp_replace(x, '(?:^|:)0(?::0){3}(?:$|:)', '::')
    WHEN regexp_matches(x, '(?:^|:)0(?::0){2}(?:$|:)')
        THEN regexp_replace(x, '(?:^|:)0(?::0){2}(?:$|:)', '::')
    WHEN regexp_matches(x, '(?:^|:)0:0(?:$|:)')
        THEN regexp_replace(x, '(?:^|:)0:0(?:$|:)', '::')
    ELSE x
END
