-- Grain: one row. Input: start. Output: found BOOLEAN (whether a piece starts on its own).
-- Why: only pieces can turn out to be kin and merge, which takes a second round.
SELECT count(*) > 0 AS found FROM start WHERE after <> before
