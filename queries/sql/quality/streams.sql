-- Grain: one row per stream of sources: loaded as one table, with names that differ in digits only.
-- Inputs: quality_source (name, table_name, n_rows, n_loaded, n_quarantined, first_at, last_at,
-- loaded_at), $window_end. Output: stream, table_name, loads, cadence (median days between the newest
-- times of two loads), lag (days from the newest time to the window's end), least_rows (of a load),
-- ahead (most hours from a load to a time in it), rows, rejected (of the newest load).
-- Why: a file that came each week and is not there this week; clocks ahead; a form that changed.
WITH named AS (
    SELECT
        *, regexp_replace(name, '[0-9]+', '#', 'g') AS stream,
        least(last_at, $window_end::TIMESTAMP) AS until
    FROM quality_source
    WHERE first_at < $window_end::TIMESTAMP AND last_at IS NOT NULL
),
step AS (
    SELECT
        *,
        (epoch_us(until) - epoch_us(lag(until) OVER (PARTITION BY stream, table_name ORDER BY until)))
        / 86400000000 AS days,
        row_number() OVER (
            PARTITION BY stream, table_name ORDER BY last_at DESC, loaded_at DESC, name
        ) AS back
    FROM named
)
SELECT
    stream, table_name, count(*) AS loads, coalesce(median(days) FILTER (WHERE days > 0), 0) AS cadence,
    count(*) FILTER (WHERE days > 0) AS steps,
    (epoch_us($window_end::TIMESTAMP) - epoch_us(max(until))) / 86400000000 AS lag,
    min(n_loaded) AS least_rows,
    max((epoch_us(last_at) - epoch_us(loaded_at)) / 3600000000) AS ahead,
    max(n_rows) FILTER (WHERE back = 1) AS n_rows,
    max(n_quarantined) FILTER (WHERE back = 1) AS rejected
FROM step
GROUP BY stream, table_name
ORDER BY stream, table_name
