-- Grain: one row per account that enforcement was asked to stop. Inputs: register.export_row,
-- register.export, register.sweep; $window_end. Output: account_id, banned_at.
-- Why: a suspension that was handed over counts as a ban, from the end of the window that it rests
-- on; one taken back counts no more. Only hand-overs of earlier sweeps, so that one renames no sweep.
SELECT r.account_id, min(s.window_end) AS banned_at
FROM register.export_row AS r
JOIN register.export AS e USING (export_id)
JOIN register.sweep AS s ON s.sweep_id = e.sweep_id
ANTI JOIN register.export_row AS back ON back.rollback_of = r.idempotency_key
WHERE
    r.action IN ('suspend', 'terminate') AND r.rollback_of IS NULL AND r.account_id IS NOT NULL
    AND s.window_end < $window_end
GROUP BY r.account_id
ORDER BY r.account_id
