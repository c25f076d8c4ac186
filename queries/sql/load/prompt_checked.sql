-- Grain: one row per incoming prompt. Input: incoming (row_number, account_id, text, sent_at, n
-- and the _bad and _found of times and counts). Output: the columns of facts.prompt, text and
-- norm; problems (bits), faults.
-- Why: as load/signal_checked; what is left of a text after normalising decides whether it is
-- empty.
CREATE OR REPLACE TEMP VIEW checked AS
WITH cleaned AS (
    SELECT
        * EXCLUDE (account_id), account_id AS account_found, clean_text(account_id) AS account_id,
        prompt_norm(text) AS norm
    FROM incoming
),
judged AS (
    SELECT
        *,
        flag(1, blank(account_id))
        | flag(2, blank(norm))
        | flag(4, sent_at_bad)
        | flag(8, absurd_time(sent_at))
        | flag(16, n_bad)
        | flag(32, coalesce(n < 0, false)) AS problems
    FROM cleaned
)
SELECT
    row_number, problems, account_id, prompt_doc_id(norm) AS doc, sent_at, coalesce(n, 1) AS n,
    text, norm,
    list_filter(
        [
            fault(1, problems, 'missing account_id', 'account_id', account_found),
            fault(2, problems, 'empty text', 'text', text),
            fault(4, problems, 'unparsable time', 'sent_at', sent_at_found),
            fault(8, problems, 'absurd time', 'sent_at', sent_at_found),
            fault(16, problems, 'not a count', 'n', n_found),
            fault(32, problems, 'negative n', 'n', n_found)
        ],
        lambda f: f IS NOT NULL
    ) AS faults
FROM judged
