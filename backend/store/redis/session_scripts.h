#pragma once
// The scripts about sessions and their queues; store/redis/scripts.h says what keys there are and
// puts its common functions in front. Pure; any thread.

#include <string_view>

namespace backend {

// A session is a hash:
//     ref, resource, node, life, epoch       who it is and who owns it
//     owner                                  life and epoch together, as commits name it
//     hears, head                            the channel that hears of its queue, and how messages
//                                            there begin; not there: given up by its owner
//     sm, resumable, resume_time             stream management
//     counted_from, inactive                 as in SessionRecord
//     state                                  numbers, see read_state: ends and bytes of the queue,
//                                            its welcome, stanzas handled, the last commit
//     failed                                 commits that were refused and may be asked again
//     must_end                               the condition, if its owner is to end it
//     taken                                  names the last owner's request, which can come again
// A closed one leaves owner and state for two minutes.

// KEYS: session, routes, about, sessions of the life, lives.
// ARGV: ref, resource, node, life, route, name of the request, lease time in ms, channel.
// Answers "D" (done) or "S" (stale).
inline constexpr std::string_view kOpenScript = R"lua(
local v = redis.call('HMGET', KEYS[1], 'ref', 'taken')
if v[1] and v[2] == ARGV[6] then return 'D' end
if v[1] or redis.call('HEXISTS', KEYS[2], ARGV[2]) == 1
  or redis.call('HEXISTS', KEYS[3], 'account') == 0 then
  return 'S'
end
redis.call('DEL', KEYS[1])
local empty = {first = 1, last = 0, bytes = 0, welcome = 0, welcome_bytes = 0, handled = 0}
redis.call('HSET', KEYS[1], 'owner', ARGV[4] .. ' 1', 'state', write_state(empty, 0),
  'hears', ARGV[8], 'head', ARGV[1] .. field(1), 'ref', ARGV[1],
  'resource', ARGV[2], 'node', ARGV[3],
  'life', ARGV[4], 'epoch', 1, 'sm', 0, 'resumable', 0, 'resume_time', 0, 'counted_from', 0,
  'inactive', 0, 'taken', ARGV[6])
redis.call('HSET', KEYS[2], ARGV[2], field(ARGV[3]) .. ARGV[5])
redis.call('HINCRBY', KEYS[3], 'routes', 1)
redis.call('ZADD', KEYS[4], 0, ARGV[1])
redis.call('ZADD', KEYS[5], 'NX', digits(now() + tonumber(ARGV[7])), ARGV[4])
return 'D'
)lua";

// KEYS: session, queue, routes, expiry, sessions of the life, lives, grace.
// ARGV: channel, node, life, name of the request, reason, lease time in ms.
// Reasons: resume; expire, only if its time is over; settle, only if this very request has taken it
// before. Answers the record, its route and its queue; or nothing. What only removes stands first,
// so that a session of a full Redis can be taken.
inline constexpr std::string_view kTakeScript = R"lua(
local names = {'ref', 'resource', 'life', 'epoch', 'sm', 'resumable', 'resume_time',
  'counted_from', 'inactive', 'state', 'hears', 'head', 'taken'}
local v = redis.call('HMGET', KEYS[1], unpack(names))
local is = {}
for i, name in ipairs(names) do is[name] = v[i] end
if not is.ref then return false end
local route = redis.call('HGET', KEYS[3], is.resource)
if not route then return false end
local function has_expired()
  if not is.hears then
    local till = redis.call('ZSCORE', KEYS[4], is.ref)
    return till and tonumber(till) <= now()
  end
  local till = redis.call('ZSCORE', KEYS[6], is.life)
  local more = redis.call('ZSCORE', sessions_of(is.life), is.ref)
  return till and more and tonumber(till) + tonumber(more) <= now()
    and redis.call('EXISTS', KEYS[7]) == 0
end
local epoch, state = tonumber(is.epoch), read_state(is.state)
if is.taken ~= ARGV[4] then
  if ARGV[5] == 'settle' or ARGV[5] == 'expire' and not has_expired() then return false end
  redis.call('ZREM', sessions_of(is.life), is.ref)
  redis.call('ZREM', KEYS[4], is.ref)
  redis.call('HDEL', KEYS[1], 'failed', 'must_end')
  epoch = epoch + 1
  redis.call('HSET', KEYS[1], 'owner', ARGV[3] .. ' ' .. epoch, 'state', write_state(state, 0),
    'hears', ARGV[1], 'head', is.ref .. field(epoch), 'node', ARGV[2], 'life', ARGV[3],
    'epoch', epoch, 'taken', ARGV[4])
  if is.hears then redis.call('PUBLISH', is.hears, field('taken') .. is.head) end
  -- If who ends it dies over that, the next one is to end it at once.
  local rest = ARGV[5] == 'expire' and '0' or patience(is.resumable, is.resume_time)
  redis.call('ZADD', KEYS[5], rest, is.ref)
  redis.call('ZADD', KEYS[6], 'NX', digits(now() + tonumber(ARGV[6])), ARGV[3])
  -- The version stays: no plan depends on which node a route is at.
  local node = fields(route, 1)[1]
  route = field(ARGV[2]) .. string.sub(route, #field(node) + 1)
  redis.call('HSET', KEYS[3], is.resource, route)
end
return {is.resource, digits(epoch), is.sm, is.resumable, is.resume_time, is.counted_from,
  digits(state.handled), is.inactive, route, digits(state.first),
  redis.call('LRANGE', KEYS[2], 0, -1)}
)lua";

// KEYS: session and queue of each. ARGV: life, then epoch and last number seen of each.
// Answers for each: 0, another owner has it or it is gone; -1, its queue ends before what was seen;
// or the condition it must end with, and the stanzas behind what was seen.
inline constexpr std::string_view kSyncScript = R"lua(
local out = {}
for i = 1, #KEYS / 2 do
  local key, queue = KEYS[i * 2 - 1], KEYS[i * 2]
  local epoch, seen = ARGV[i * 2], tonumber(ARGV[i * 2 + 1])
  local v = redis.call('HMGET', key, 'owner', 'state', 'must_end')
  local state = v[1] == ARGV[1] .. ' ' .. epoch and read_state(v[2])
  if not state or state.first == 0 then
    out[i] = 0
  elseif state.last < seen then
    out[i] = -1
  else
    out[i] = redis.call('LRANGE', queue, math.max(0, seen + 1 - state.first), -1)
    table.insert(out[i], 1, v[3] or '')
  end
end
return out
)lua";

extern const std::string_view kCommitScript;  // store/redis/commit_script.cpp

}  // namespace backend
