-- Grain: one row per owner. Output: owner of the family file that is in place.
-- Why: a new file replaces it; files are never written over, readers may have them open.
SELECT DISTINCT owner FROM register.file WHERE room = 'facts' AND table_name = 'family'
