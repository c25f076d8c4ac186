-- Grain: one row per sweep, check and subject (feed, kind or source). Input: findings.quality.
-- Why: is this week's data like that of the weeks before?
CREATE OR REPLACE VIEW quality AS
SELECT * FROM findings.quality
