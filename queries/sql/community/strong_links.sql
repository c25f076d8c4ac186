-- Grain: one row per linked pair inside one community with payment, device, prompt or identity
-- evidence of its own. Inputs: link, pair, kind, community.
-- Output: community, src_key, dst_key, strong (whether that evidence is 5 bits or more), weight.
-- Why: what addresses alone merged, the other families may part (method, section 4).
WITH inside AS (
    SELECT a.community, l.src_key, l.dst_key, l.weight
    FROM link AS l
    JOIN community AS a ON a.account_key = l.src_key
    JOIN community AS b ON b.account_key = l.dst_key AND b.community = a.community
),
other AS (
    SELECT p.src_key, p.dst_key, sum(p.best) AS bits
    FROM pair AS p
    JOIN kind AS k USING (kind_key)
    WHERE k.family <> 'network'
    GROUP BY p.src_key, p.dst_key
)
SELECT
    i.community, i.src_key, i.dst_key, coalesce(o.bits >= 5000000, false) AS strong, i.weight
FROM inside AS i
LEFT JOIN other AS o USING (src_key, dst_key)
ORDER BY i.community, i.src_key, i.dst_key
