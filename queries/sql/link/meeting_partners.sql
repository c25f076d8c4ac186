-- Grain: as link/meeting_all, over values between cap and hub_max. Input: met (registered by the
-- stage). Output: rows added to meeting.
-- Why: in a large value each member meets a few seeded partners.
INSERT INTO meeting
SELECT pair, kind_key, bits FROM met
