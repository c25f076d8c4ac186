-- Grain: one row per account that is linked or in a cluster, and kind. Inputs: load, kind, link,
-- membership, $sweep_id, $path. Output: one Parquet file, columns as the schema says.
-- Why: how much an account holds, unshared values included; what-if re-judges a neighbourhood
-- without reading the facts again. Accounts that nothing links are never asked.
COPY (
    WITH near AS (
        SELECT src_key AS account_key FROM link
        UNION
        SELECT dst_key FROM link
        UNION
        SELECT account_key FROM membership
    )
    SELECT
        $sweep_id::VARCHAR AS sweep_id, l.account_key::INTEGER AS account_key,
        k.kind::VARCHAR AS kind, l.d::INTEGER AS n_values, l.n::BIGINT AS n
    FROM load AS l
    SEMI JOIN near AS x ON x.account_key = l.account_key
    JOIN kind AS k ON k.kind_key = l.kind_key
    ORDER BY l.account_key, k.kind
) TO $path (FORMAT parquet, COMPRESSION snappy, ROW_GROUP_SIZE 122880)
