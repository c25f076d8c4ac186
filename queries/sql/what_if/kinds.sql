-- Grain: one row per kind of signal that the sweep saw. Input: kind. Output: kind.
-- Why: what can be left out, and the nearest name of what cannot.
SELECT kind FROM kind ORDER BY kind
