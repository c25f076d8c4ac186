-- Grain: one row, or none. Input: register.sweep. Output: sweep_id.
-- Why: the current_ views show the newest complete sweep: the one whose window ends last, then the
-- one that ran last. A look back does not become the newest by running today, and a window that holds
-- no data (a slip in --as-of) only where there is no other.
CREATE OR REPLACE VIEW newest_sweep AS
SELECT sweep_id
FROM register.sweep
WHERE status IN ('complete', 'degraded')
ORDER BY
    coalesce(TRY(json_extract(detail, '$.totals.in_window')::BIGINT), 1) > 0 DESC,
    as_of DESC NULLS LAST, finished_at DESC, sweep_id DESC
LIMIT 1
