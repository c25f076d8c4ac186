-- Grain: one row per incoming label. Inputs: incoming (row_number, account_id, label, source,
-- verdict: whether the label column says yes or no). Output: the fact's columns, problems,
-- faults.
-- Why: truth tables say 1 and 0 in many ways; cluster names stay as they are.
CREATE OR REPLACE TEMP VIEW checked AS
WITH cleaned AS (
    SELECT
        * EXCLUDE (account_id, label), account_id AS account_found,
        clean_text(account_id) AS account_id, label AS label_found, clean_text(label) AS text
    FROM incoming
),
read AS (
    SELECT
        *,
        CASE
            WHEN lower(text) IN ('bad', 'good') THEN lower(text)
            WHEN NOT verdict THEN nullif(text, '')
            WHEN lower(text) IN ('1', 'true', 't', 'yes', 'y', 'fraud', 'spam', 'abuse') THEN 'bad'
            WHEN lower(text) IN ('0', 'false', 'f', 'no', 'n', 'legit', 'ham', 'ok') THEN 'good'
        END AS label
    FROM cleaned
),
judged AS (
    SELECT
        *,
        flag(1, blank(account_id))
        | flag(2, blank(text))
        | flag(4, NOT blank(text) AND label IS NULL) AS problems
    FROM read
)
SELECT
    row_number, problems, account_id, label, nullif(clean_text(source), '') AS source,
    list_filter(
        [
            fault(1, problems, 'missing account_id', 'account_id', account_found),
            fault(2, problems, 'missing label', 'label', label_found),
            fault(4, problems, 'neither yes nor no', 'label', label_found)
        ],
        lambda f: f IS NOT NULL
    ) AS faults
FROM judged
