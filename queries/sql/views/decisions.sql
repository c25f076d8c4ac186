-- Grain: one row per entry of the decision log. Input: register.decision. Output: the log, with
-- status (in force, pending, rejected, withdrawn, answer), second_reviewer, force_seq and force_at
-- (place in the log and time at which it came into force). Contract, section 3.
-- Why: people decide, the log remembers. Nothing is ever changed in it: what an entry is worth
-- follows from the entries that answer it. A second reviewer is another person than the first; a
-- withdrawal that needs one counts once approved.
CREATE OR REPLACE VIEW decisions AS
WITH approved AS (
    SELECT a.ref AS decision_id
    FROM register.decision AS a
    JOIN register.decision AS d ON d.decision_id = a.ref
    WHERE a.decision = 'approve' AND lower(trim(a.reviewer)) <> lower(trim(d.reviewer))
),
answers AS (
    SELECT
        d.decision_id,
        min(a.seq) FILTER (
            WHERE a.decision = 'approve' AND lower(trim(a.reviewer)) <> lower(trim(d.reviewer))
        ) AS approved_seq,
        count(*) FILTER (WHERE a.decision = 'reject') > 0 AS rejected,
        count(*) FILTER (
            WHERE a.decision = 'withdraw' AND (
                NOT coalesce(a.needs_second, false)
                OR a.decision_id IN (SELECT decision_id FROM approved)
            )
        ) > 0 AS withdrawn
    FROM register.decision AS d
    JOIN register.decision AS a ON a.ref = d.decision_id AND a.seq > d.seq
    GROUP BY d.decision_id
)
SELECT
    d.*,
    CASE
        WHEN
            d.decision = 'withdraw' AND d.needs_second AND w.approved_seq IS NULL
            AND NOT coalesce(w.rejected, false) AND NOT coalesce(w.withdrawn, false)
            THEN 'pending'
        WHEN d.ref IS NOT NULL OR d.decision = 'erase' THEN 'answer'
        WHEN coalesce(w.withdrawn, false) THEN 'withdrawn'
        WHEN coalesce(w.rejected, false) THEN 'rejected'
        WHEN coalesce(d.needs_second, false) AND w.approved_seq IS NULL THEN 'pending'
        ELSE 'in force'
    END AS status,
    s.reviewer AS second_reviewer,
    coalesce(s.seq, d.seq) AS force_seq,
    coalesce(s.decided_at, d.decided_at) AS force_at
FROM register.decision AS d
LEFT JOIN answers AS w USING (decision_id)
LEFT JOIN register.decision AS s ON s.seq = w.approved_seq
