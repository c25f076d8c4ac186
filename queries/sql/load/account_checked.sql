-- Grain: one row per incoming account. Input: incoming (row_number, account_id, created_at,
-- status, banned_at and their _bad and _found, attributes).
-- Output: the fact's columns, problems (bits), faults.
-- Why: as load/signal_checked.
CREATE OR REPLACE TEMP VIEW checked AS
WITH cleaned AS (
    SELECT
        * EXCLUDE (account_id, status), account_id AS account_found,
        clean_text(account_id) AS account_id, status AS status_found,
        nullif(lower(clean_text(status)), '') AS status
    FROM incoming
),
judged AS (
    SELECT
        *,
        flag(1, blank(account_id))
        | flag(2, created_at_bad)
        | flag(4, absurd_time(created_at))
        | flag(8, banned_at_bad)
        | flag(16, absurd_time(banned_at))
        | flag(32, coalesce(status NOT IN ('active', 'suspended', 'banned'), false)) AS problems
    FROM cleaned
)
SELECT
    row_number, problems, account_id, created_at, status, banned_at, attributes,
    list_filter(
        [
            fault(1, problems, 'missing account_id', 'account_id', account_found),
            fault(2, problems, 'unparsable time', 'created_at', created_at_found),
            fault(4, problems, 'absurd time', 'created_at', created_at_found),
            fault(8, problems, 'unparsable time', 'banned_at', banned_at_found),
            fault(16, problems, 'absurd time', 'banned_at', banned_at_found),
            fault(32, problems, 'unknown status', 'status', status_found)
        ],
        lambda f: f IS NOT NULL
    ) AS faults
FROM judged
