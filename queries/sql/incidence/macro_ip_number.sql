-- Macro: the address as a v6-mapped number. Input: a normalised address; NULL when it is not one.
-- Why: networks of both versions lie on one number line (facts.list holds lo and hi the same way).
CREATE OR REPLACE TEMPORARY MACRO ip_number(address) AS (
    CASE
        WHEN contains(address, ':') THEN list_reduce(
            list_transform(ip_groups(address), lambda g: try_cast('0x' || g AS UHUGEINT)),
            lambda total, g: total * 65536 + g
        )
        ELSE 281470681743360::UHUGEINT + list_reduce(
            list_transform(string_split(address, '.'), lambda o: try_cast(o AS UINTEGER)::UBIGINT),
            lambda total, o: total * 256 + o
        )
    END
)
