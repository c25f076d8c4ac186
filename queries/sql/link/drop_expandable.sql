-- Grain: none. Input: expandable.
-- Why: nothing after the links asks for it.
DROP TABLE expandable
