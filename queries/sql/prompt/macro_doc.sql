-- Macro prompt_doc_id(norm): name of a document, the first 16 hex digits of its md5.
-- Input: a normalised text. Output: VARCHAR.
CREATE OR REPLACE TEMP MACRO prompt_doc_id(norm) AS left(md5(norm), 16);
