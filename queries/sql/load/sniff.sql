-- Grain: one row. Input: file $path, the beginning of a text. Output: delimiter, quote, escape,
-- header.
-- Why: DuckDB's sniffer knows many dialects; it is asked once and its word is recorded.
SELECT "Delimiter", "Quote", "Escape", "HasHeader"
FROM sniff_csv($path, ignore_errors = true, null_padding = true)
