-- Grain: as link/meeting_all, over values between cap and hub_max. Inputs: incidence, treatment,
-- kind; $seed.
-- Output: rows added to meeting.
-- Why: in a large value each member meets a few seeded partners: the members stand in a ring whose
-- order is a pseudo-random permutation, and meet the next few. Communities still form and the cost
-- stays linear (method, section 3). Arithmetic instead of hash(): the same in every version.
INSERT INTO meeting
WITH placed AS (
    SELECT
        i.account_key, i.value_key, i.kind_key, i.half, t.floor, t.k,
        greatest(k.partners // 2, 1) AS reach,
        row_number() OVER (
            PARTITION BY i.value_key
            ORDER BY
                (i.account_key::BIGINT + 1) * (48271 + 2 * $seed) % 2147483647 * 69621 % 2147483629,
                i.account_key
        ) - 1 AS place
    FROM incidence AS i
    JOIN treatment AS t USING (value_key)
    JOIN kind AS k ON k.kind_key = i.kind_key
    WHERE t.expand = 'partners'
),
met AS (
    SELECT
        (least(a.account_key, b.account_key)::BIGINT << 32)
        | greatest(a.account_key, b.account_key) AS pair,
        a.kind_key, a.value_key, max(greatest(a.half + b.half, a.floor)) AS bits
    FROM (SELECT *, unnest(range(1, reach + 1)) AS step FROM placed) AS a
    JOIN placed AS b ON b.value_key = a.value_key AND b.place = (a.place + a.step) % a.k
    WHERE greatest(a.half + b.half, a.floor) > 0 AND a.account_key <> b.account_key
    GROUP BY ALL
)
SELECT pair, kind_key, bits FROM met
