-- Grain: one row per document with a family. Input: facts.family.
-- Output: key UBIGINT (the number that the document's name spells), name UBIGINT (of the family).
-- Why: families found again keep their names.
SELECT ('0x' || doc)::UBIGINT AS key, ('0x' || family[3:])::UBIGINT AS name
FROM facts.family
