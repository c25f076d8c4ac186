-- Grain: one row per file of facts. Input: register.file. Output: owner, path, sorted.
-- Why: what a sweep reads; prompt families are found again at loads, so sources do not tell all.
SELECT owner, path FROM register.file WHERE room = 'facts' ORDER BY path
