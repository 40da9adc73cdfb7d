-- Appends signals to inbox streams, each exactly once: per inbox and log slot the last (offset, index) is kept.
-- KEYS: per recipient its stream and its hash of what was seen.
-- ARGV: log slot, cap of a stream, how many payloads, the payloads; then per entry, in log order: number of the
--       recipient, offset, index, number of the payload (both from 1).
local entries = 4 + tonumber(ARGV[3])
local appended = 0
local seen = {}
for i = entries, #ARGV, 4 do
    local recipient, offset, index = tonumber(ARGV[i]), tonumber(ARGV[i + 1]), tonumber(ARGV[i + 2])
    local last = seen[recipient]
    if not last then
        local stored = redis.call('HGET', KEYS[2 * recipient], ARGV[1]) or '-1:0'
        local colon = string.find(stored, ':', 1, true)
        last = {tonumber(string.sub(stored, 1, colon - 1)), tonumber(string.sub(stored, colon + 1))}
        seen[recipient] = last
    end
    if offset > last[1] or (offset == last[1] and index > last[2]) then
        redis.call('XADD', KEYS[2 * recipient - 1], 'MAXLEN', '~', ARGV[2], '*', 'signal', ARGV[3 + tonumber(ARGV[i + 3])])
        redis.call('HSET', KEYS[2 * recipient], ARGV[1], ARGV[i + 1] .. ':' .. ARGV[i + 2])
        seen[recipient] = {offset, index}
        appended = appended + 1
    end
end
return appended
