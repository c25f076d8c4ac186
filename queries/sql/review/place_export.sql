-- Grain: one export of a store from before the ledger was chained. Inputs: $export_id, $seq, $n_new,
-- $rows_hash, $prev_hash, $hash. Changes register.export.
-- Why: it takes its place in the chain, so that from now on a change of it is told.
UPDATE register.export
SET seq = $seq, n_new = $n_new, rows_hash = $rows_hash, prev_hash = $prev_hash, hash = $hash
WHERE export_id = $export_id AND seq IS NULL
