-- Grain: one row per account of the sample, kind and value. Inputs: facts.signal, quality_account;
-- $window_end. Output: quality_use (kind, account_id, value, older and newer: weeks before the window's
-- end of the first and the last use, account_older: of the account's first use of the kind).
-- Why: which values are known from before.
CREATE OR REPLACE TEMP TABLE quality_use AS
WITH used AS (
    SELECT
        kind, account_id, value,
        max((epoch_us($window_end::TIMESTAMP) - 1 - epoch_us(coalesce(first_seen, last_seen)))
            // 604800000000) AS older,
        min(greatest(
            (epoch_us($window_end::TIMESTAMP) - 1 - epoch_us(coalesce(last_seen, first_seen)))
            // 604800000000, 0
        )) AS newer
    FROM facts.signal
    SEMI JOIN quality_account USING (account_id)
    WHERE coalesce(first_seen, last_seen) < $window_end::TIMESTAMP
    GROUP BY kind, account_id, value
)
SELECT *, max(older) OVER (PARTITION BY kind, account_id) AS account_older FROM used
