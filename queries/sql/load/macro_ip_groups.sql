-- Grain: one bare IPv6 address. Input: x VARCHAR. Output: its eight groups without leading zeros
-- as "1:0:…:2", or NULL when x is no address. A dotted tail ("::ffff:1.2.3.4") becomes two
-- groups.
-- Why: the one form from which the canonical text, a prefix and a number are all read. Each
-- lambda names a step: macros paste their arguments, and nested pasting would grow without
-- bound.
CREATE OR REPLACE TEMP MACRO ip_groups(x) AS
list_transform(
    [CASE
        WHEN contains(x, '.') AND is_ipv4(regexp_extract(x, ':([0-9.]+)$', 1))
            THEN regexp_extract(x, '^(.*:)[0-9.]+$', 1) || list_transform(
                [string_split(regexp_extract(x, ':([0-9.]+)$', 1), '.')],
                lambda p: printf(
                    '%x:%x',
                    p[1]::INTEGER * 256 + p[2]::INTEGER, p[3]::INTEGER * 256 + p[4]::INTEGER
                )
            )[1]
        ELSE x
    END],
    lambda hex: regexp_replace(
        CASE
            WHEN regexp_full_match(hex, '[0-9a-f]{1,4}(?::[0-9a-f]{1,4}){7}') THEN hex
            WHEN regexp_full_match(
                hex,
                '(?:[0-9a-f]{1,4}(?::[0-9a-f]{1,4}){0,6})?::(?:[0-9a-f]{1,4}(?::[0-9a-f]{1,4}){0,6})?'
            )
                THEN list_transform(
                    [list_filter(string_split(hex, ':'), lambda g: g <> '')],
                    lambda groups: CASE
                        WHEN len(groups) <= 7
                            THEN trim(
                                split_part(hex, '::', 1) || repeat(':0', 8 - len(groups)) || ':'
                                || split_part(hex, '::', 2),
                                ':'
                            )
                    END
                )[1]
        END,
        '(^|:)0{1,3}([0-9a-f])', '\1\2', 'g'
    )
)[1]
