-- Grain: one row per candidate. Inputs: candidate, kind_bits, kind, timing, rate, load, base;
-- $n_accounts.
-- Output: account_key, c, own, evidence, timing, rate, bits (with the prior), n_strong (strong
-- kinds of 3 bits or more, on a value that two or more other members have: who shares card, home
-- and device with one member alone lives with that member), n_kinds, n_values and families (days of
-- sign-up left out: a crowd has them), n_other (kinds that are not network), prompt, imposed (one
-- prompt value at most, no other strong kind, other hours: all that ties it to the cluster others
-- can lay on it).
-- Why: the posterior log-odds that the account belongs to the cluster (method, section 5). The
-- rate is the binomial likelihood ratio of on- and off-template prompts, never in favour: what an
-- account asks on templates counts once, as prompt values.
CREATE OR REPLACE TABLE score AS
WITH size AS (SELECT c, count(*) AS n FROM base GROUP BY c),
by_kind AS (
    SELECT
        x.account_key, x.c, sum(x.bits)::BIGINT AS evidence,
        count(*) FILTER (WHERE k.strong AND x.bits >= 3000000 AND x.company >= 2) AS n_strong,
        count(*) FILTER (
            WHERE k.strong AND k.kind <> 'prompt' AND x.bits >= 3000000 AND x.company >= 2
        ) AS n_hard,
        coalesce(sum(x.n_values) FILTER (WHERE k.kind = 'prompt'), 0) AS n_prompt,
        count(*) AS n_kinds,
        count(*) FILTER (WHERE k.family <> 'network') AS n_other,
        coalesce(sum(x.n_values) FILTER (WHERE k.family <> 'timing'), 0) AS n_values,
        coalesce(sum(x.bits) FILTER (WHERE k.kind = 'prompt'), 0)::BIGINT AS prompt,
        coalesce(sum(x.n) FILTER (WHERE k.kind = 'prompt'), 0) AS on_template,
        coalesce(bit_or(1 << k.family_key) FILTER (WHERE k.family <> 'timing'), 0)::INTEGER AS families
    FROM kind_bits AS x
    JOIN kind AS k USING (kind_key)
    GROUP BY x.account_key, x.c
),
asked AS (
    SELECT l.account_key, l.n FROM load AS l
    JOIN kind AS k ON k.kind_key = l.kind_key AND k.kind = 'prompt'
),
terms AS (
    SELECT
        d.account_key, d.c, d.own, coalesce(x.evidence, 0) AS evidence,
        coalesce(t.bits, 0) AS timing,
        coalesce(round(1e6 * greatest(-6, least(0,
            (q.n - coalesce(x.on_template, 0)) * log2((1 - r.pi) / .98)
            + coalesce(x.on_template, 0) * log2(greatest(r.pi, .02) / .02)
        )))::BIGINT, 0) AS rate,
        round(1e6 * log2(s.n / $n_accounts))::BIGINT AS prior,
        coalesce(x.n_strong, 0) AS n_strong, coalesce(x.n_kinds, 0) AS n_kinds,
        coalesce(x.n_hard, 0) = 0 AND coalesce(x.n_prompt, 0) <= 1 AND coalesce(t.bits, 0) < 3000000
        AS imposed,
        coalesce(x.n_values, 0) AS n_values, coalesce(x.n_other, 0) AS n_other,
        coalesce(x.prompt, 0) AS prompt, coalesce(x.families, 0) AS families
    FROM candidate AS d
    JOIN size AS s USING (c)
    LEFT JOIN by_kind AS x ON x.account_key = d.account_key AND x.c = d.c
    LEFT JOIN timing AS t ON t.account_key = d.account_key AND t.c = d.c
    LEFT JOIN asked AS q ON q.account_key = d.account_key
    LEFT JOIN rate AS r ON r.c = d.c
)
SELECT *, prior + evidence + timing + rate AS bits FROM terms
