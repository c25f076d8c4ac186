-- Grain: one entry per cluster and event other than plain continuation. Inputs: $file (the sweep's
-- change file), $previous, $as_of. Output: rows of register.identity.
-- Why: the log outlives the findings of old sweeps; what went on unchanged needs no line.
INSERT INTO register.identity BY NAME
SELECT
    sweep_id, $previous::VARCHAR AS previous_id, $as_of::TIMESTAMP AS as_of, cluster_id, event,
    other_cluster_id, n_joined, n_left
FROM read_parquet($file)
WHERE event <> 'continue'
ORDER BY cluster_id, event, other_cluster_id
