-- Grain: one row per incoming event. Input: incoming (row_number, account_id, at, type, n and
-- the _bad and _found of times and counts). Output: the fact's columns, problems (bits), faults.
-- Why: as load/signal_checked.
CREATE OR REPLACE TEMP VIEW checked AS
WITH cleaned AS (
    SELECT
        * EXCLUDE (account_id, type), account_id AS account_found,
        clean_text(account_id) AS account_id, nullif(clean_text(type), '') AS type
    FROM incoming
),
judged AS (
    SELECT
        *,
        flag(1, blank(account_id))
        | flag(2, "at" IS NULL AND NOT at_bad)
        | flag(4, at_bad)
        | flag(8, absurd_time("at"))
        | flag(16, n_bad)
        | flag(32, coalesce(n < 0, false)) AS problems
    FROM cleaned
)
SELECT
    row_number, problems, account_id, "at", coalesce(type, 'event') AS type, coalesce(n, 1) AS n,
    list_filter(
        [
            fault(1, problems, 'missing account_id', 'account_id', account_found),
            fault(2, problems, 'missing time', 'at', at_found),
            fault(4, problems, 'unparsable time', 'at', at_found),
            fault(8, problems, 'absurd time', 'at', at_found),
            fault(16, problems, 'not a count', 'n', n_found),
            fault(32, problems, 'negative n', 'n', n_found)
        ],
        lambda f: f IS NOT NULL
    ) AS faults
FROM judged
