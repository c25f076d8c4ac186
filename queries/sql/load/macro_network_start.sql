-- Grain: one network. Inputs: a UHUGEINT, an address in it; rest UHUGEINT, see macro
-- network_rest.
-- Output: UHUGEINT, its first address. Why: see macro network_of_text; ::/0 would overflow.
CREATE OR REPLACE TEMP MACRO network_start(a, rest) AS
CASE WHEN rest >= a THEN 0::UHUGEINT ELSE a - a % (rest + 1) END
