-- Grain: one row per shared value. Inputs: value, kind, treatment, stratum; $sweep_id.
-- Output: as findings.value.
-- Why: what was used, what was set aside, and the facts that decided it, in words.
CREATE OR REPLACE TABLE finding_value AS
SELECT
    $sweep_id AS sweep_id, v.value_key, k.kind, v.value, v.display, k.family, v.k AS n_accounts,
    CASE
        WHEN t.expand = 'none' OR k.m = 0 THEN 0
        ELSE round(least(k.max_bits, greatest(
            0, log2(greatest(k.m, 1e-9) * s.e / v.k), t.floor / 1e6
        )), 3)
    END AS bits,
    t.treatment, t.class,
    CASE
        WHEN t.treatment = 'listed' THEN format('listed as {}{}', t.class, coalesce(': ' || t.reason, ''))
        WHEN t.treatment = 'ignored' THEN 'kind is not used as evidence'
        WHEN v.k <= k.cap THEN coalesce(
            format('on the {} list', t.class), format('{:d} accounts, cap {:d}', v.k, k.cap)
        )
        ELSE format(
            '{:d} accounts, cap {:d}; densest 3 days hold {:.0f} % of sign-ups, {:.0f} % share one more value, {:.0f} % also share rare values, {:.0f} % banned',
            v.k, k.cap, 100 * coalesce(t.burst, 0), 100 * coalesce(t.top_share, 0),
            100 * least(1, coalesce(t.together, 0)), 100 * coalesce(t.banned, 0)
        )
    END AS why,
    t.n_pairs_skipped, v.first_seen, v.last_seen
FROM value AS v
JOIN kind AS k USING (kind_key)
JOIN treatment AS t USING (value_key)
JOIN stratum AS s ON s.kind_key = v.kind_key AND s.stratum = v.stratum
