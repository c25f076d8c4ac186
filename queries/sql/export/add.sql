-- Grain: one row. Inputs: $export_id, $sweep_id, $head, $n_decisions, $n_rows, $n_revokes, $now,
-- $path, $detail.
-- Why: the ledger of what was handed over, and how the log of decisions ended then.
INSERT INTO register.export VALUES (
    $export_id, $sweep_id, $head, $n_decisions, $n_rows, $n_revokes, $now, $path, $detail
)
