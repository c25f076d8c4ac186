-- Grain: one source. Inputs: the columns of register.source.
-- Why: from here on the source is part of the input.
INSERT INTO register.source VALUES (
    $source_id, $name, $table_name, $n_rows, $n_loaded, $n_quarantined, $first_at, $last_at,
    $loaded_at, $detail
)
