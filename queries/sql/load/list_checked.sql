-- Grain: one row per incoming list entry. Input: incoming (row_number, kind, value, cidr,
-- domain, asn, lo, hi, class, reason, owner, expires and the _bad and _found of numbers and
-- times).
-- Output: the fact's columns, problems (bits), faults.
-- Why: as load/signal_checked; a network is stored as its two ends, ready for the interval join.
CREATE OR REPLACE TEMP VIEW checked AS
WITH cleaned AS (
    SELECT
        * EXCLUDE (kind, value, cidr, domain, class, reason, owner, lo, hi), kind AS kind_found,
        nullif(clean_text(kind), '') AS kind, value AS value_found, clean_text(value) AS text,
        cidr AS cidr_found, nullif(clean_text(cidr), '') AS cidr, domain AS domain_found,
        nullif(clean_text(domain), '') AS domain_text, nullif(lower(clean_text(class)), '') AS class,
        nullif(clean_text(reason), '') AS reason, nullif(clean_text(owner), '') AS owner,
        lo AS lo_found, hi AS hi_found, ip_of_text(clean_text(lo)) AS first_address,
        ip_of_text(clean_text(hi)) AS last_address
    FROM incoming
),
typed AS (
    SELECT
        * EXCLUDE (cidr),
        coalesce(cidr, CASE WHEN kind = 'ip' AND contains(text, '/') THEN text END) AS network_text,
        CASE WHEN kind <> 'ip' OR NOT contains(text, '/') THEN nullif(text, '') END AS value_text,
        domain_of_text(domain_text) AS domain,
        lo_found IS NOT NULL OR hi_found IS NOT NULL AS ranged
    FROM cleaned
),
valued AS (
    SELECT
        *, value_of_kind(kind, value_text) AS value,
        CASE WHEN network_text IS NOT NULL THEN network_of_text(network_text) END AS network,
        CASE WHEN first_address IS NOT NULL THEN address_number(first_address) END AS lo,
        CASE WHEN last_address IS NOT NULL THEN address_number(last_address) END AS hi
    FROM typed
),
judged AS (
    SELECT
        *,
        flag(1, kind IS NULL)
        | flag(
            2,
            value_text IS NULL AND network_text IS NULL AND domain_text IS NULL AND asn IS NULL
            AND NOT asn_bad AND NOT ranged
        )
        | flag(4, value_text IS NOT NULL AND value IS NULL)
        | flag(8, network_text IS NOT NULL AND network IS NULL)
        | flag(16, domain_text IS NOT NULL AND domain IS NULL)
        | flag(32, asn_bad OR coalesce(asn < 0, false))
        | flag(64, ranged AND (lo IS NULL OR hi IS NULL OR lo > hi))
        | flag(128, class IS NULL)
        | flag(256, expires_bad) AS problems
    FROM valued
)
SELECT
    row_number, problems, kind, value, network.cidr AS cidr, domain, asn, class, reason, owner,
    expires, coalesce(network.lo, lo) AS lo, coalesce(network.hi, hi) AS hi,
    list_filter(
        [
            fault(1, problems, 'missing kind', 'kind', kind_found),
            fault(2, problems, 'empty value', 'value', value_found),
            fault(4, problems, 'invalid ' || kind, 'value', value_found),
            fault(8, problems, 'invalid network', 'cidr', network_text),
            fault(16, problems, 'invalid domain', 'domain', domain_found),
            fault(32, problems, 'invalid asn', 'asn', asn_found),
            fault(64, problems, 'invalid range', 'lo', concat_ws('-', lo_found, hi_found)),
            fault(128, problems, 'missing class', 'class', NULL),
            fault(256, problems, 'unparsable time', 'expires', expires_found)
        ],
        lambda f: f IS NOT NULL
    ) AS faults
FROM judged
