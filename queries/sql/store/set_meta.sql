-- Grain: one row. Inputs: $name, $content.
-- Why: records format and root of this generation.
INSERT OR REPLACE INTO register.meta VALUES ($name, $content)
