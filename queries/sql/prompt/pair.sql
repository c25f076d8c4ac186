-- Verified pairs that the families are made of, to look at.
-- Grain: one row per pair of documents. Input: prompt_pair_found (key_a, key_b, how, similarity).
-- Output: doc_a VARCHAR, doc_b VARCHAR, how VARCHAR (text or mask), similarity DOUBLE (Jaccard of
-- word bigrams, of the texts or of what their masks leave).
CREATE OR REPLACE TEMP VIEW prompt_pair AS
SELECT
    lower(lpad(to_hex(key_a), 16, '0')) AS doc_a,
    lower(lpad(to_hex(key_b), 16, '0')) AS doc_b,
    how,
    similarity
FROM prompt_pair_found;
