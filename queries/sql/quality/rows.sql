-- Grain: one row. Input: facts.signal. Output: n.
-- Why: how large a part of the accounts is enough.
SELECT count(*) AS n FROM facts.signal
