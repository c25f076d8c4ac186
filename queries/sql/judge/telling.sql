-- Grain: one row per cluster. Inputs: value_in, kind. Output: c and, by what people call the kind, the
-- number of shared values of 3 bits or more: n_payment, n_bank_account, n_device, n_identity, n_prompt,
-- n_ip, n_further (kinds of people's own, and relations), n_client, n_issuer, n_email_domain.
-- Why: the numbers of the plain sentence. A client string is no device and a card issuer no card, so
-- kinds are counted, not families. Days of sign-up are everybody's: the sentence tells of bursts.
SELECT
    e.c,
    count(*) FILTER (WHERE k.kind = 'payment') AS n_payment,
    count(*) FILTER (WHERE k.kind = 'bank_account') AS n_bank_account,
    count(*) FILTER (WHERE k.kind = 'device') AS n_device,
    count(*) FILTER (WHERE k.kind IN ('email', 'phone')) AS n_identity,
    count(*) FILTER (WHERE k.kind = 'prompt') AS n_prompt,
    count(*) FILTER (WHERE k.kind = 'ip') AS n_ip,
    count(*) FILTER (WHERE k.family <> 'timing' AND k.kind NOT IN (
        'payment', 'bank_account', 'device', 'email', 'phone', 'prompt', 'ip', 'client', 'issuer',
        'email_domain'
    )) AS n_further,
    count(*) FILTER (WHERE k.kind = 'client') AS n_client,
    count(*) FILTER (WHERE k.kind = 'issuer') AS n_issuer,
    count(*) FILTER (WHERE k.kind = 'email_domain') AS n_email_domain
FROM value_in AS e
JOIN kind AS k USING (kind_key)
WHERE e.bits >= 3
GROUP BY e.c
ORDER BY e.c
