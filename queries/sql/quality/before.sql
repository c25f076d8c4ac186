-- Grain: one row per feed of an earlier sweep that is in no fact any more.
-- Inputs: $file (the earlier sweep's findings.quality), quality_day. Output: feed, usual.
-- Why: a file that was replaced by one without a column takes the whole feed away.
SELECT subject AS feed, high AS usual
FROM read_parquet($file)
WHERE "check" = 'feed' AND subject NOT IN (SELECT feed FROM quality_day)
ORDER BY subject
