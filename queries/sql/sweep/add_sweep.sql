-- Grain: one row. Inputs: the columns of register.sweep.
-- Why: a sweep exists from here on.
INSERT INTO register.sweep VALUES (
    $sweep_id, $as_of, $window_start, $window_end, $status, $config_hash, $input_hash, $seed,
    $version, $started_at, $finished_at, $detail
)
