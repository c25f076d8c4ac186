-- Grain: one text. Input: x VARCHAR. Output: x in lower case without brackets, port and zone.
-- Why: "[::1]:443", "1.2.3.4:80" and "fe80::1%eth0" name an address and something more.
CREATE OR REPLACE TEMP MACRO ip_bare(x) AS
regexp_replace(
    regexp_replace(
        regexp_replace(lower(x), '^(\d+\.\d+\.\d+\.\d+):\d{1,5}$', '\1'),
        '^\[([^\[\]]*)\](?::\d{1,5})?$', '\1'
    ),
    '(:[^%]*)%[^%\[\]]+$', '\1'
)
