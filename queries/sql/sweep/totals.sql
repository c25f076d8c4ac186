-- Grain: one row. Inputs: finding_account, finding_value, finding_link, finding_cluster,
-- finding_member. Output: accounts, shared_values, links, clusters, members.
-- Why: the sweep's summary in numbers.
SELECT
    (SELECT count(*) FROM finding_account) AS accounts,
    (SELECT count(*) FROM finding_value) AS shared_values,
    (SELECT count(*) FROM finding_link) AS links,
    (SELECT count(*) FROM finding_cluster) AS clusters,
    (SELECT count(*) FROM finding_member) AS members
