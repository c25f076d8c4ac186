-- Grain: none. Input: candidate_pair.
-- Why: nothing after the links asks for it.
DROP TABLE candidate_pair
