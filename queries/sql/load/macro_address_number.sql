-- Grain: one canonical address. Input: x VARCHAR. Output: UHUGEINT, IPv4 in ::ffff:0:0/96.
-- Why: networks of both versions lie on one number line.
CREATE OR REPLACE TEMP MACRO address_number(x) AS
CASE
    WHEN contains(x, ':') THEN list_reduce(
        list_transform(string_split(ip_groups(x), ':'), lambda g: CAST('0x' || g AS UHUGEINT)),
        lambda total, g: total * 65536 + g
    )
    ELSE 281470681743360::UHUGEINT + list_reduce(
        list_transform(string_split(x, '.'), lambda o: CAST(o AS UHUGEINT)),
        lambda total, o: total * 256 + o
    )
END
