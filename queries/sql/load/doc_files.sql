-- Grain: one row per file. Output: path of each file of documents, sorted.
-- Why: the families depend on these alone, so that their file is named after them.
SELECT path FROM register.file WHERE room = 'facts' AND table_name = 'doc' ORDER BY path
