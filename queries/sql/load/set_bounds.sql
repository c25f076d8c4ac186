-- Grain: a variable of the session. Inputs: $earliest, $latest. Output: variable bounds.
-- Why: a time outside of these is absurd; views take no parameters, variables they do.
SET VARIABLE bounds = {'earliest': $earliest::TIMESTAMP, 'latest': $latest::TIMESTAMP}
