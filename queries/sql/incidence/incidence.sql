-- Grain: one row per account and shared value. Inputs: used, value, kind, stratum, degree; $as_of.
-- Output: account_key, value_key, kind_key, k, half (micro-bits), first_seen, last_seen, n.
-- Why: the evidence of one shared value, max(0, log2(m E_s / (k sqrt(d_i d_j)))), is a sum of the
-- two accounts' halves, each decayed by the kind's half-life; integer micro-bits add up the same in any order (method, section 3).
CREATE OR REPLACE TABLE incidence AS
SELECT
    u.account_key, v.value_key, v.kind_key, v.k,
    CASE
        WHEN k.m > 0 THEN round(
            (5e5 * log2(k.m * s.e / v.k) - 5e5 * log2(coalesce(d.d, 1)))
            * if(
                k.half_life_us IS NULL OR u.last_seen IS NULL, 1,
                pow(.5, greatest(0, epoch_us($as_of::TIMESTAMP) - epoch_us(u.last_seen)) / k.half_life_us)
            )
        )
        ELSE -1e9
    END::BIGINT AS half,
    u.first_seen, u.last_seen, u.n
FROM used AS u
JOIN value AS v ON v.kind_key = u.kind_key AND v.value_hash = u.value_hash
JOIN kind AS k ON k.kind_key = u.kind_key
JOIN stratum AS s ON s.kind_key = v.kind_key AND s.stratum = v.stratum
LEFT JOIN degree AS d
    ON d.account_key = u.account_key AND d.kind_key = u.kind_key AND d.stratum = v.stratum
