-- Grain: one row per linked pair. Inputs: link, membership, cluster_name; $sweep_id, $families
-- (names in order of family_key). Output: as findings.link.
-- Why: links inside clusters name their cluster; links across stay for what-if questions.
CREATE OR REPLACE TABLE finding_link AS
SELECT
    $sweep_id AS sweep_id, n.cluster_id, l.src_key, l.dst_key, l.bits / 1e6 AS bits, l.n_values,
    list_sort(list_filter(
        $families::VARCHAR[], lambda name, place: (l.families >> (place - 1)::INTEGER) & 1 = 1
    )) AS families
FROM link AS l
LEFT JOIN membership AS a ON a.account_key = l.src_key
LEFT JOIN membership AS b ON b.account_key = l.dst_key AND b.c = a.c
LEFT JOIN cluster_name AS n ON n.c = b.c
