-- Grain: as track_overlap. Input: track_overlap.
-- Why: the matching is done on whole columns. The largest come first and names last, so that what
-- accounts are called decides nothing but a tie between equals.
SELECT *
FROM track_overlap
ORDER BY n_previous DESC, n_now DESC, n_both DESC, previous_id, draft_id
