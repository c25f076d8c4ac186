-- Grain: one text. Input: x VARCHAR, cleaned. Output: the canonical address (RFC 5952; v4-mapped
-- as IPv4; port, brackets and zone gone), or NULL when x is no address.
-- Why: equal addresses must be equal texts.
CREATE OR REPLACE TEMP MACRO ip_of_text(x) AS
CASE
    WHEN is_ipv4(x) THEN x
    WHEN is_ipv6(x) THEN x
    ELSE list_transform(
        [ip_bare(x)],
        lambda bare: CASE
            WHEN is_ipv4(bare) THEN bare
            WHEN contains(bare, ':')
                THEN list_transform([ip_groups(bare)], lambda g: ip_from_groups(g))[1]
        END
    )[1]
END
