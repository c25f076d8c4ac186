-- Grain: one row per immutable Parquet file that this generation names.
-- Why: what is not named here does not exist for readers and is removed by a later writer.
CREATE TABLE IF NOT EXISTS register.file (
    room VARCHAR, table_name VARCHAR, owner VARCHAR, path VARCHAR PRIMARY KEY
)
