-- Grain: one expanded IPv6 address. Input: x VARCHAR, groups without leading zeros, or NULL.
-- Output: canonical text; a v4-mapped address as IPv4.
-- Why: the same host reached over either stack is one value.
CREATE OR REPLACE TEMP MACRO ip_from_groups(x) AS
CASE
    WHEN starts_with(x, '0:0:0:0:0:ffff:')
        THEN list_transform(
            [CAST('0x' || split_part(x, ':', 7) AS INTEGER) * 65536::BIGINT
                + CAST('0x' || split_part(x, ':', 8) AS INTEGER)],
            lambda a: concat_ws(
                '.', a // 16777216, a // 65536 % 256, a // 256 % 256, a % 256
            )
        )[1]
    ELSE ip_compressed(x)
END
