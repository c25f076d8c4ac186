-- Grain: a setting of the session. Why: undoes load/keep_filters.
SET disabled_optimizers = ''
