-- Grain: one row. Inputs: the columns of register.export.
-- Why: the ledger of what was handed over, and how the log of decisions ended then.
INSERT INTO register.export BY NAME SELECT
    $export_id AS export_id, $sweep_id AS sweep_id, $decisions_head AS decisions_head,
    $n_decisions AS n_decisions, $n_rows AS n_rows, $n_revokes AS n_revokes,
    $exported_at AS exported_at, $path AS path, $detail AS detail, $seq AS seq, $n_new AS n_new,
    $rows_hash AS rows_hash, $prev_hash AS prev_hash, $hash AS hash
