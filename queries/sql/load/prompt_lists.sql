-- Grain: one row per list file of a source. Output: path, sorted.
-- Why: the files of families that listed texts lead to are made from these, not beside them.
SELECT path
FROM register.file
WHERE room = 'facts' AND table_name = 'list' AND NOT starts_with(owner, 'families-')
ORDER BY path
