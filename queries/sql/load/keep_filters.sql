-- Grain: a setting of the session. Why: the optimizer would push `problems = 0` below the
-- projections that it is made of, and so normalise every value twice.
SET disabled_optimizers = 'filter_pushdown'
