-- Grain: one text. Input: x VARCHAR, cleaned. Output: struct(cidr, lo, hi), or NULL when x is no
-- network. A single address is a network of one; bits beyond the prefix are cleared.
-- Why: lists write networks with and without host bits and with or without a length.
CREATE OR REPLACE TEMP MACRO network_of_text(x) AS
list_transform(
    [{
        'address': ip_of_text(split_part(x, '/', 1)),
        'bits': TRY_CAST(nullif(split_part(x, '/', 2), '') AS INTEGER),
        'plain': NOT contains(x, '/')
    }],
    lambda p: CASE
        WHEN p.address IS NULL OR (NOT p.plain AND p.bits IS NULL) THEN NULL
        WHEN p.bits NOT BETWEEN 0 AND CASE WHEN contains(split_part(x, '/', 1), ':') THEN 128 ELSE 32 END
            THEN NULL
        ELSE list_transform(
            [{
                'number': address_number(p.address),
                'rest': network_rest(
                    CASE
                        WHEN p.plain THEN 0
                        WHEN contains(split_part(x, '/', 1), ':') THEN 128 - p.bits
                        ELSE 32 - p.bits
                    END
                )
            }],
            lambda n: {
                'cidr': x,
                'lo': network_start(n.number, n.rest),
                'hi': network_start(n.number, n.rest) + n.rest
            }
        )[1]
    END
)[1]
