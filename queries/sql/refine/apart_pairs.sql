-- Grain: one row per value and further account apart that has it. Inputs: apart, usable, kind.
-- Output: a, b (accounts that share a telling value).
-- Why: who keeps to itself does so with somebody; each value is a star around its first account.
WITH held AS (
    SELECT a.account_key, a.c, u.value_key
    FROM apart AS a
    JOIN usable AS u USING (account_key)
    JOIN kind AS k USING (kind_key)
    WHERE k.strong
),
starred AS (
    SELECT account_key AS b, min(account_key) OVER (PARTITION BY c, value_key) AS a FROM held
)
SELECT a, b FROM starred WHERE a < b ORDER BY a, b
