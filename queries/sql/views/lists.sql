-- Grain: one row per list entry. Input: facts.list. Contract, section 3.
-- Why: as loaded.
CREATE OR REPLACE VIEW lists AS
SELECT DISTINCT kind, value, cidr, domain, asn, class, reason, owner, expires FROM facts.list
