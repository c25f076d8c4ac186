-- Grain: as kept_rows (a view made by the caller). Inputs: kept_rows, $path.
-- Output: one Parquet file. Why: read once, soon or never: the form that costs the least to write.
COPY (SELECT * FROM kept_rows) TO $path (
    FORMAT parquet, COMPRESSION snappy, PARQUET_VERSION v2, DICTIONARY_SIZE_LIMIT 1
)
