-- Grain: none. Input: finding_incidence.
-- Why: written already; the largest of the findings' tables.
DROP TABLE finding_incidence
