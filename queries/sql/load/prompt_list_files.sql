-- Grain: one row per file that lists texts of prompts. Input: $files, list files, at least one.
-- Output: filename. Why: the families must be found again when such a list came or went.
SELECT DISTINCT filename
FROM read_parquet($files, union_by_name = true, filename = true)
WHERE kind = 'prompt' AND value IS NOT NULL AND NOT regexp_full_match(value, 'p-[0-9a-f]{12}')
ORDER BY filename
