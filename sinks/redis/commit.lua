-- Moves a partition's fence from ARGV[2] to ARGV[3] and applies a batch, or does nothing and returns 0.
-- KEYS: fence, timers, then one key per state set, state removed, view member set, view member removed.
-- ARGV: incarnation, expected, last, then how many: states set, states removed, view members set, view members
--       removed, timers set; then blobs of the states; (member, value) of views; members of views removed;
--       (due, timer) of timers; and to the end timers removed.
local fence = redis.call('HGET', KEYS[1], ARGV[1]) or '-1'
if fence ~= ARGV[2] then
    return 0
end
local states_set, states_removed = tonumber(ARGV[4]), tonumber(ARGV[5])
local views_set, views_removed, timers_set = tonumber(ARGV[6]), tonumber(ARGV[7]), tonumber(ARGV[8])
local CHUNK = 1000 -- Lua cannot unpack more than about 8,000 values at once
local key, arg = 3, 9

for _ = 1, states_set do
    redis.call('SET', KEYS[key], ARGV[arg])
    key, arg = key + 1, arg + 1
end
for first = key, key + states_removed - 1, CHUNK do
    redis.call('DEL', unpack(KEYS, first, math.min(first + CHUNK, key + states_removed) - 1))
end
key = key + states_removed
for _ = 1, views_set do
    redis.call('HSET', KEYS[key], ARGV[arg], ARGV[arg + 1])
    key, arg = key + 1, arg + 2
end
for _ = 1, views_removed do
    redis.call('HDEL', KEYS[key], ARGV[arg])
    key, arg = key + 1, arg + 1
end
local timers_end = arg + 2 * timers_set
for first = arg, timers_end - 1, CHUNK do
    redis.call('ZADD', KEYS[2], unpack(ARGV, first, math.min(first + CHUNK, timers_end) - 1))
end
for first = timers_end, #ARGV, CHUNK do
    redis.call('ZREM', KEYS[2], unpack(ARGV, first, math.min(first + CHUNK - 1, #ARGV)))
end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
return 1
