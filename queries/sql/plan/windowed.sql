-- Grain: one row per value of a kind with a window. Inputs: facts.signal, facts.prompt, facts.family,
-- account, value, kind, treatment, incidence; $window_start, $window_end.
-- Output: value_key, n_pairs (pairs of uses by two accounts that link/meeting_windowed compares).
-- Why: that join is over uses, not accounts: a busy value is worse than its size tells. Uses meet in
-- their own time bin and the next; those of one account with itself are taken off.
WITH rows AS (
    SELECT account_id, kind, value, unnest([first_seen, last_seen]) AS at_time FROM facts.signal
    UNION ALL
    SELECT p.account_id, 'prompt', f.family, p.sent_at
    FROM facts.prompt AS p
    JOIN facts.family AS f USING (doc)
),
moments AS (
    SELECT DISTINCT a.account_key, v.value_key, epoch_us(r.at_time) AS us, k.window_us AS width
    FROM rows AS r
    JOIN kind AS k ON k.kind = r.kind AND k.window_us IS NOT NULL
    JOIN value AS v ON v.kind_key = k.kind_key AND v.value = r.value
    JOIN treatment AS t ON t.value_key = v.value_key AND t.expand = 'window'
    JOIN account AS a ON a.account_id = r.account_id
    JOIN incidence AS i ON i.account_key = a.account_key AND i.value_key = v.value_key
    WHERE r.at_time >= $window_start AND r.at_time < $window_end
),
own AS (
    SELECT value_key, account_key, us // width AS bin, count(*)::HUGEINT AS n
    FROM moments
    GROUP BY value_key, account_key, us // width
),
everyone AS (
    SELECT value_key, bin, sum(n)::HUGEINT AS n FROM own GROUP BY value_key, bin
),
together AS (
    SELECT e.value_key, sum(e.n * (e.n - 1) // 2 + e.n * coalesce(x.n, 0)) AS n
    FROM everyone AS e
    LEFT JOIN everyone AS x ON x.value_key = e.value_key AND x.bin = e.bin + 1
    GROUP BY e.value_key
),
alone AS (
    SELECT o.value_key, sum(o.n * (o.n - 1) // 2 + o.n * coalesce(x.n, 0)) AS n
    FROM own AS o
    LEFT JOIN own AS x
        ON x.value_key = o.value_key AND x.account_key = o.account_key AND x.bin = o.bin + 1
    GROUP BY o.value_key
)
SELECT t.value_key, (t.n - a.n)::HUGEINT AS n_pairs
FROM together AS t
JOIN alone AS a USING (value_key)
