-- Macro: the eight 16-bit groups of a v6 address as hexadecimal text. Input: a normalised address.
-- Why: "::" stands for as many zero groups as are missing.
CREATE OR REPLACE TEMPORARY MACRO ip_groups(address) AS (
    list_concat(
        list_filter(string_split(split_part(address, '::', 1), ':'), lambda g: g <> ''),
        list_concat(
            list_resize(
                []::VARCHAR[],
                8 - len(list_filter(string_split(replace(address, '::', ':'), ':'), lambda g: g <> '')),
                '0'
            ),
            list_filter(string_split(split_part(address, '::', 2), ':'), lambda g: g <> '')
        )
    )
)
