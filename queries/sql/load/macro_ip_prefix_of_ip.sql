-- Grain: one canonical address. Input: x VARCHAR. Output: its /24 (IPv4) or /64 (IPv6) network.
-- Why: neighbours in one network are context for a shared address.
CREATE OR REPLACE TEMP MACRO ip_prefix_of_ip(x) AS
CASE
    WHEN contains(x, ':')
        THEN list_transform(
            [regexp_extract(ip_groups(x), '^[0-9a-f]+(?::[0-9a-f]+){3}') || ':0:0:0:0'],
            lambda net: ip_compressed(net) || '/64'
        )[1]
    ELSE regexp_extract(x, '^[0-9]+[.][0-9]+[.][0-9]+[.]') || '0/24'
END
