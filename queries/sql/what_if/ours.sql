-- Grain: rows taken from membership. Input: scope.
-- Why: clusters beside had to be there to hold their members; the question is not about them.
DELETE FROM membership
WHERE c NOT IN (
    SELECT m.c FROM membership AS m SEMI JOIN scope AS s ON s.account_key = m.account_key
)
