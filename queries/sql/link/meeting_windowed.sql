-- Grain: as link/meeting_all, for kinds with a window. Inputs: facts.signal, facts.prompt,
-- facts.family, account, value, kind, treatment, incidence; $window_start, $window_end.
-- Output: rows added to meeting.
-- Why: two uses count as shared only within the window of each other: rows meet in their own time
-- bin and the next, then the exact difference decides (method, section 1).
INSERT INTO meeting
WITH rows AS (
    SELECT account_id, kind, value, unnest([first_seen, last_seen]) AS at_time FROM facts.signal
    UNION ALL
    SELECT p.account_id, 'prompt', f.family, p.sent_at
    FROM facts.prompt AS p
    JOIN facts.family AS f USING (doc)
),
moments AS (
    SELECT DISTINCT
        a.account_key, v.value_key, v.kind_key, epoch_us(r.at_time) AS us, k.window_us AS width,
        i.half, t.floor, t.k, k.cap
    FROM rows AS r
    JOIN kind AS k ON k.kind = r.kind AND k.window_us IS NOT NULL
    JOIN value AS v ON v.kind_key = k.kind_key AND v.value = r.value
    JOIN treatment AS t ON t.value_key = v.value_key AND t.expand = 'window'
    JOIN account AS a ON a.account_id = r.account_id
    JOIN incidence AS i ON i.account_key = a.account_key AND i.value_key = v.value_key
    WHERE r.at_time >= $window_start AND r.at_time < $window_end
),
binned AS (SELECT *, us // width AS bin FROM moments),
near AS (
    SELECT
        a.account_key AS x, b.account_key AS y, a.value_key, a.kind_key, a.half + b.half AS bits,
        a.floor
    FROM binned AS a
    JOIN (
        SELECT account_key, value_key, half, us, unnest([bin - 1, bin, bin + 1]) AS bin FROM binned
    ) AS b
        ON b.value_key = a.value_key AND b.bin = a.bin
        AND a.account_key < b.account_key AND abs(a.us - b.us) <= a.width
),
once AS (
    SELECT x, y, kind_key, value_key, max(greatest(bits, floor, 1)) AS bits
    FROM near
    GROUP BY x, y, kind_key, value_key
)
SELECT (x::BIGINT << 32) | y, kind_key, bits FROM once
