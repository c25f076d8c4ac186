-- Grain: as incidence. Inputs: whole, kind, $family. Output: incidence.
-- Why: every cluster without one family of evidence.
CREATE OR REPLACE TABLE incidence AS
SELECT w.*
FROM whole AS w
JOIN kind AS k USING (kind_key)
WHERE k.family <> $family
