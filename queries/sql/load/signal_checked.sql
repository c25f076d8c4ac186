-- Grain: one row per incoming signal. Inputs: incoming (row_number, field, account_id, kind,
-- value, first_seen, last_seen, n and their _bad and _found), kind_map (found, kind, hint,
-- typo).
-- Output: the fact's columns, problems (bits; 0 is a good row), faults (the problems in words).
-- Why: one pass normalises and judges; accepted and rejected rows are two readings of this view.
CREATE OR REPLACE TEMP VIEW checked AS
WITH cleaned AS (
    SELECT
        i.* EXCLUDE (account_id, kind, value), i.account_id AS account_found,
        clean_text(i.account_id) AS account_id, i.kind AS kind_found, k.kind, k.hint, k.typo,
        i.value AS raw, clean_text(i.value) AS text
    FROM incoming AS i
    LEFT JOIN kind_map AS k ON i.kind = k.found
),
valued AS (
    SELECT *, value_of_kind(kind, text) AS value FROM cleaned
),
judged AS (
    SELECT
        *,
        flag(1, blank(account_id))
        | flag(2, kind IS NULL)
        | flag(4, typo)
        | flag(8, blank(text))
        | flag(16, NOT blank(text) AND blank(value))
        | flag(32, first_seen_bad)
        | flag(64, absurd_time(first_seen))
        | flag(128, last_seen_bad)
        | flag(256, absurd_time(last_seen))
        | flag(512, n_bad)
        | flag(1024, coalesce(n < 0, false))
        | flag(2048, coalesce(first_seen > last_seen, false)) AS problems
    FROM valued
)
SELECT
    row_number, problems, account_id, kind, value, nullif(raw, value) AS raw,
    coalesce(first_seen, last_seen) AS first_seen, coalesce(last_seen, first_seen) AS last_seen,
    coalesce(n, 1) AS n,
    list_filter(
        [
            fault(1, problems, 'missing account_id', 'account_id', account_found),
            fault(2, problems, 'missing kind', 'kind', kind_found),
            fault(4, problems, hint, 'kind', kind_found),
            fault(8, problems, 'empty value', field, raw),
            fault(16, problems, 'invalid ' || kind, field, raw),
            fault(32, problems, 'unparsable time', 'first_seen', first_seen_found),
            fault(64, problems, 'absurd time', 'first_seen', first_seen_found),
            fault(128, problems, 'unparsable time', 'last_seen', last_seen_found),
            fault(256, problems, 'absurd time', 'last_seen', last_seen_found),
            fault(512, problems, 'not a count', 'n', n_found),
            fault(1024, problems, 'negative n', 'n', n_found),
            fault(2048, problems, 'first_seen after last_seen', 'first_seen', first_seen_found)
        ],
        lambda f: f IS NOT NULL
    ) AS faults
FROM judged
