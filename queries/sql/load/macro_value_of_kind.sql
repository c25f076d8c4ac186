-- Grain: one value. Inputs: k VARCHAR, the kind; x VARCHAR, the cleaned text. Output: the
-- normalised value; NULL when x cannot be a value of the kind.
-- Why: the one place that says which kind is normalised how; device and payment tokens keep
-- their case and their leading zeros.
CREATE OR REPLACE TEMP MACRO value_of_kind(k, x) AS
CASE
    WHEN k = 'ip' THEN ip_of_text(x)
    WHEN k = 'email' THEN email_of_text(x)
    WHEN k = 'phone' THEN phone_of_text(x)
    WHEN k = 'email_domain' THEN domain_of_text(x)
    ELSE x
END
