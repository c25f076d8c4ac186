-- Grain: one row. Inputs: clusters, shared_values. Output: what the cards of the overview count.
-- Why: the same counts for this sweep and the one before.
WITH found AS (
    SELECT
        count(*) AS n_clusters,
        coalesce(sum(size), 0)::BIGINT AS n_accounts,
        count(*) FILTER (WHERE tier IN ('coordinated', 'confirmed')) AS n_coordinated,
        coalesce(sum(size) FILTER (WHERE tier IN ('coordinated', 'confirmed')), 0)::BIGINT
            AS n_coordinated_accounts,
        count(*) FILTER (WHERE tier = 'linked') AS n_linked,
        coalesce(max(size), 0) AS largest
    FROM clusters
    WHERE sweep_id = $sweep_id
),
aside AS (
    SELECT
        count(*) AS n_aside,
        coalesce(sum(n_pairs_skipped), 0)::BIGINT AS n_pairs_skipped
    FROM shared_values
    WHERE sweep_id = $sweep_id AND treatment <> 'used'
)
SELECT found.*, aside.*
FROM found CROSS JOIN aside
