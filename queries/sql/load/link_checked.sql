-- Grain: one row per incoming pair. Input: incoming (row_number, src, dst, kind, similarity,
-- seen_at and the _bad and _found of numbers and times). Output: the fact's columns, problems
-- (bits), faults.
-- Why: as load/signal_checked.
CREATE OR REPLACE TEMP VIEW checked AS
WITH cleaned AS (
    SELECT
        * EXCLUDE (src, dst, kind), src AS src_found, clean_text(src) AS src, dst AS dst_found,
        clean_text(dst) AS dst, kind AS kind_found, nullif(clean_text(kind), '') AS kind
    FROM incoming
),
judged AS (
    SELECT
        *,
        flag(1, blank(src))
        | flag(2, blank(dst))
        | flag(4, coalesce(src = dst AND src <> '', false))
        | flag(8, kind IS NULL)
        | flag(16, similarity_bad OR coalesce(isnan(similarity), false))
        | flag(
            32,
            NOT similarity_bad
            AND coalesce(NOT isnan(similarity) AND NOT (similarity > 0 AND similarity <= 1), false)
        )
        | flag(64, seen_at_bad)
        | flag(128, absurd_time(seen_at)) AS problems
    FROM cleaned
)
SELECT
    row_number, problems, src, dst, kind, similarity, seen_at,
    list_filter(
        [
            fault(1, problems, 'missing src', 'src', src_found),
            fault(2, problems, 'missing dst', 'dst', dst_found),
            fault(4, problems, 'link to itself', 'dst', dst_found),
            fault(8, problems, 'missing kind', 'kind', kind_found),
            fault(16, problems, 'not a number', 'similarity', similarity_found),
            fault(32, problems, 'similarity outside (0, 1]', 'similarity', similarity_found),
            fault(64, problems, 'unparsable time', 'seen_at', seen_at_found),
            fault(128, problems, 'absurd time', 'seen_at', seen_at_found)
        ],
        lambda f: f IS NOT NULL
    ) AS faults
FROM judged
