-- Macro prompt_norm(raw): the text that equal prompts share.
-- Input: one text. Output: VARCHAR, empty when nothing is left; NULL for NULL.
CREATE OR REPLACE TEMP MACRO prompt_norm(raw) AS prompt_spaces(prompt_links(prompt_plain(raw)));
