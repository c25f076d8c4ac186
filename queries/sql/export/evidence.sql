-- Grain: one row per account to act on: its strongest evidence. Inputs: export_wanted,
-- findings.member, findings.incidence, findings.evidence; macro keyed; $most. Output: export_evidence
-- (account_id, evidence: list of {kind, token, n_sharing, first_seen, last_seen, bits}).
-- Why: the receiver sees that accounts meet on a value, and how firmly, never the value itself. The
-- evidence is that of the sweep on which the decision was made.
CREATE OR REPLACE TEMP TABLE export_evidence AS
WITH shared AS (
    SELECT w.account_id, e.kind, e.value, e.n_in, e.bits, i.first_seen, i.last_seen
    FROM export_wanted AS w
    JOIN findings.member AS m
        ON m.sweep_id = w.sweep_id AND m.cluster_id = w.cluster_id AND m.account_id = w.account_id
    JOIN findings.incidence AS i ON i.sweep_id = m.sweep_id AND i.account_key = m.account_key
    JOIN findings.evidence AS e
        ON e.sweep_id = m.sweep_id AND e.cluster_id = m.cluster_id AND e.value_key = i.value_key
    WHERE e.bits > 0
    QUALIFY
        row_number() OVER (PARTITION BY w.account_id ORDER BY e.bits DESC, e.kind, e.value) <= $most
),
tokens AS (
    SELECT kind, value, left(keyed(kind || chr(31) || value), 32) AS token
    FROM (SELECT DISTINCT kind, value FROM shared)
)
SELECT
    s.account_id,
    list(
        {
            'kind': s.kind, 'token': t.token, 'n_sharing': s.n_in, 'first_seen': s.first_seen,
            'last_seen': s.last_seen, 'bits': round(s.bits, 3)
        }
        ORDER BY s.bits DESC, s.kind, t.token
    ) AS evidence
FROM shared AS s
JOIN tokens AS t USING (kind, value)
GROUP BY s.account_id
