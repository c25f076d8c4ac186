-- Grain: none. Input: pair.
-- Why: the second largest table of a sweep; linked pairs carry what later stages ask.
DROP TABLE pair
