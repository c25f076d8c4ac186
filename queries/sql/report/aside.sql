-- Grain: one row per value set aside, those that would have linked most pairs first.
-- Input: shared_values. Output: the value, its accounts, the pairs not expanded, and why.
-- Why: what was not used must be as visible as what was.
SELECT
    kind, coalesce(display, value) AS display, n_accounts, n_pairs_skipped, treatment, class, why
FROM shared_values
WHERE sweep_id = $sweep_id AND treatment <> 'used'
ORDER BY n_pairs_skipped DESC NULLS LAST, n_accounts DESC, kind, value
LIMIT $most
