-- Grain: one row. Output: threads, memory_limit, as the engine uses them.
-- Why: "auto" tells nothing to who asks later; findings do not depend on either.
SELECT current_setting('threads')::INTEGER AS threads, current_setting('memory_limit') AS memory_limit
