-- Verified pairs that the families are made of, to look at.
-- Grain: one row per pair of documents. Input: prompt_pair_found (doc_a, doc_b, how, similarity).
-- Output: doc_a VARCHAR, doc_b VARCHAR, how VARCHAR (text or mask), similarity DOUBLE (Jaccard of
-- word bigrams, of the texts or of what their masks leave).
CREATE OR REPLACE TEMP TABLE prompt_pair AS
SELECT
    doc_a,
    doc_b,
    how,
    similarity
FROM prompt_pair_found;
