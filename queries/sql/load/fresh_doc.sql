-- Grain: one row per distinct normalised text. Input: staged (load/prompt_staged). Output:
-- scratch file $path with doc, norm.
-- Why: with keep_text = false the norms serve this load's families and are gone after it.
COPY (SELECT any_value(doc) AS doc, norm FROM staged GROUP BY norm) TO $path (FORMAT parquet)
