-- Grain: one row. Inputs: findings.account, findings.value. Output: secret, 64 hexadecimal digits.
-- Why: the key of the tokens of a redacted report where nobody set one: it takes every account and
-- every shared value of the sweep to make it, which no reader of the report has.
WITH accounts AS (
    SELECT bit_xor(md5_number(account_id)) AS mixed, count(*) AS n
    FROM findings.account
    WHERE sweep_id = $sweep_id
),
shared AS (
    SELECT bit_xor(md5_number(kind || chr(0) || value)) AS mixed, count(*) AS n
    FROM findings.value
    WHERE sweep_id = $sweep_id
)
SELECT sha256(concat_ws('/', a.mixed, a.n, s.mixed, s.n)) AS secret
FROM accounts AS a CROSS JOIN shared AS s
