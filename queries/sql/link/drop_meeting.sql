-- Grain: none. Input: meeting.
-- Why: the second largest table of a sweep; linked pairs carry what later stages ask.
DROP TABLE meeting
