-- Grain: one text. Input: x VARCHAR. Output: whether x is a dotted IPv4 address in canonical
-- form.
-- Why: nearly every address is one; all other work is kept for those that are not.
CREATE OR REPLACE TEMP MACRO is_ipv4(x) AS
regexp_full_match(
    x, '(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)\.){3}(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)'
)
