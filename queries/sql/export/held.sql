-- Grain: one row per reason. Inputs: export_candidate, decisions, register.decision_member. Output:
-- held, n (accounts).
-- Why: who was decided on and is not handed over, and why. Whom a second reviewer must still confirm
-- is counted once, unless something in force says otherwise of the account already.
WITH waiting AS (
    SELECT coalesce(d.account_id, m.account_id) AS account_id
    FROM decisions AS d
    LEFT JOIN register.decision_member AS m
        ON m.decision_id = d.decision_id AND d.account_id IS NULL
    WHERE d.status = 'pending' AND d.decision = 'confirm'
    GROUP BY ALL
),
said AS (
    SELECT
        coalesce(c.account_id, w.account_id) AS account_id,
        CASE
            WHEN w.account_id IS NOT NULL AND (c.account_id IS NULL OR c.held = 'no action')
                THEN 'waiting for a second reviewer'
            ELSE c.held
        END AS held
    FROM export_candidate AS c
    FULL JOIN waiting AS w ON w.account_id = c.account_id
)
SELECT held, count(account_id) AS n
FROM said
WHERE held IS NOT NULL AND account_id IS NOT NULL
GROUP BY held
ORDER BY n DESC, held
