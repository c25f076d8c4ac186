-- Grain: one text. Input: x VARCHAR. Output: whether x is surely a canonical IPv6 address: no
-- zero group beside the one "::" and no IPv4 inside. False says nothing: ip_groups has a closer
-- look.
-- Why: a cheap way out for nearly all IPv6 addresses.
CREATE OR REPLACE TEMP MACRO is_ipv6(x) AS
regexp_full_match(
    x,
    '[1-9a-f][0-9a-f]{0,3}(?::[1-9a-f][0-9a-f]{0,3}){7}'
    '|[1-9a-f][0-9a-f]{0,3}(?::[1-9a-f][0-9a-f]{0,3}){0,5}::'
    '|[1-9a-f][0-9a-f]{0,3}::[1-9a-f][0-9a-f]{0,3}(?::[1-9a-f][0-9a-f]{0,3}){0,4}'
    '|[1-9a-f][0-9a-f]{0,3}(?::[1-9a-f][0-9a-f]{0,3}){1}::[1-9a-f][0-9a-f]{0,3}(?::[1-9a-f][0-9a-f]{0,3}){0,3}'
    '|[1-9a-f][0-9a-f]{0,3}(?::[1-9a-f][0-9a-f]{0,3}){2}::[1-9a-f][0-9a-f]{0,3}(?::[1-9a-f][0-9a-f]{0,3}){0,2}'
    '|[1-9a-f][0-9a-f]{0,3}(?::[1-9a-f][0-9a-f]{0,3}){3}::[1-9a-f][0-9a-f]{0,3}(?::[1-9a-f][0-9a-f]{0,3}){0,1}'
    '|[1-9a-f][0-9a-f]{0,3}(?::[1-9a-f][0-9a-f]{0,3}){4}::[1-9a-f][0-9a-f]{0,3}'
)
