-- Grain: one row per action to hand over. Inputs: export_candidate, export_standing,
-- register.export_row; $revokes_only. Output: export_wanted (candidate, idempotency_key, state: same or new,
-- appeal_ref).
-- Why: an action that stands keeps its key, under a renewed decision too, so that the receiver does
-- nothing; one that was taken back and is wanted again gets another key. An action with an end is
-- told anew when it is decided anew.
CREATE OR REPLACE TEMP TABLE export_wanted AS
WITH times AS (
    SELECT account_id, action, decision_id, count(*) AS n
    FROM register.export_row
    WHERE rollback_of IS NULL
    GROUP BY account_id, action, decision_id
),
kept AS (
    SELECT c.account_id, s.idempotency_key, s.appeal_ref
    FROM export_candidate AS c
    JOIN export_standing AS s USING (account_id, action)
    WHERE c.held IS NULL AND (c.expires_at IS NULL OR s.decision_id = c.decision_id)
    QUALIFY row_number() OVER (PARTITION BY c.account_id ORDER BY s.idempotency_key) = 1
),
keyed AS (
    SELECT
        c.*,
        coalesce(k.idempotency_key, left(sha256(concat_ws(
            chr(31), 'action', c.account_id, c.action, c.decision_id, coalesce(t.n, 0)
        )), 32)) AS idempotency_key,
        k.appeal_ref AS kept_ref, if(k.account_id IS NULL, 'new', 'same') AS state
    FROM export_candidate AS c
    LEFT JOIN kept AS k USING (account_id)
    LEFT JOIN times AS t USING (account_id, action, decision_id)
    WHERE c.held IS NULL
)
SELECT * EXCLUDE (kept_ref), coalesce(kept_ref, 'ap-' || left(idempotency_key, 12)) AS appeal_ref
FROM keyed
WHERE NOT $revokes_only OR state = 'same'
