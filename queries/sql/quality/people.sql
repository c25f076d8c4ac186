-- Grain: one row per account of the sample. Inputs: facts.signal; $window_end, $part (1 takes all).
-- Output: quality_account (account_id).
-- Why: shares are as good from a part of the accounts; which part depends on their names alone.
CREATE OR REPLACE TEMP TABLE quality_account AS
WITH recent AS (
    SELECT DISTINCT account_id
    FROM facts.signal
    WHERE
        coalesce(last_seen, first_seen) >= $window_end::TIMESTAMP - INTERVAL 28 DAY
        AND coalesce(first_seen, last_seen) < $window_end::TIMESTAMP
)
SELECT account_id
FROM recent
WHERE $part::INTEGER = 1 OR md5_number_lower(account_id) % $part::INTEGER = 0
