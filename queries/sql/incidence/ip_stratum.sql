-- Grain: one row per distinct IP in the facts. Inputs: facts.signal, facts.list; $as_of.
-- Output: value_hash, number, stratum (operator number when a list knows the network, else the
-- /16 or /32 as text).
-- Why: an address in a small network says more than one in a carrier's pool; the interval join
-- runs once over sorted bounds, not once a row.
CREATE OR REPLACE TABLE ip_stratum AS
WITH addresses AS (
    SELECT DISTINCT value FROM facts.signal WHERE kind = 'ip'
),
numbered AS (
    SELECT value, hash(value) AS value_hash, ip_number(value) AS number
    FROM addresses
),
networks AS (
    SELECT lo, max(hi) AS hi, arg_max(asn, hi) AS asn
    FROM facts.list
    WHERE lo IS NOT NULL AND asn IS NOT NULL AND (expires IS NULL OR expires > $as_of)
    GROUP BY lo
)
SELECT
    n.value_hash, min(n.number) AS number,
    min(CASE
        WHEN n.number <= w.hi THEN 'as' || w.asn
        WHEN contains(n.value, ':') THEN (n.number // 79228162514264337593543950336)::VARCHAR
        ELSE (n.number // 65536)::VARCHAR
    END) AS stratum
FROM numbered AS n
ASOF LEFT JOIN networks AS w ON n.number >= w.lo
GROUP BY n.value_hash
