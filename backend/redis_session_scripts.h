#pragma once
// The scripts about sessions and their queues; redis_scripts.h says what keys there are and puts
// its common functions in front. Pure; any thread.

#include <string_view>

namespace backend {

// A session is a hash:
//     ref, resource, node, life, epoch       who it is and who owns it
//     sm, resumable, resume_time             stream management
//     counted_from, handled, inactive        as in SessionRecord
//     first, last, bytes                     the queue: numbers of its ends, size
//     welcome, welcome_bytes                 the last number of its welcome, bytes of it in queue
//     detached                               1: given up by its owner
//     must_end                               the condition, if its owner is to end it
//     taken                                  names the last owner's request, which can come again
//     commits_of, commit, failed             the last commit seen, so that it can be asked again
// A closed one leaves `closed`, life, epoch, commits_of and commit for two minutes.

// KEYS: session, routes, versions, sessions of the life, account, lives.
// ARGV: ref, resource, node, life, route, name of the request, lease time in ms.
// Answers "D" (done) or "S" (stale).
inline constexpr std::string_view kOpenScript = R"lua(
local v = redis.call('HMGET', KEYS[1], 'ref', 'taken')
if v[1] and v[2] == ARGV[6] then return 'D' end
if v[1] or redis.call('HEXISTS', KEYS[2], ARGV[2]) == 1 or redis.call('EXISTS', KEYS[5]) == 0 then
  return 'S'
end
redis.call('DEL', KEYS[1])
redis.call('HSET', KEYS[1], 'ref', ARGV[1], 'resource', ARGV[2], 'node', ARGV[3],
  'life', ARGV[4], 'epoch', 1, 'sm', 0, 'resumable', 0, 'resume_time', 0, 'counted_from', 0,
  'handled', 0, 'inactive', 0, 'first', 1, 'last', 0, 'bytes', 0, 'taken', ARGV[6])
redis.call('HSET', KEYS[2], ARGV[2], field(ARGV[3]) .. ARGV[5])
redis.call('HINCRBY', KEYS[3], 'routes', 1)
redis.call('ZADD', KEYS[4], 0, ARGV[1])
redis.call('ZADD', KEYS[6], 'NX', digits(now() + tonumber(ARGV[7])), ARGV[4])
return 'D'
)lua";

// KEYS: session, queue, routes, expiry, sessions of the life, lives, grace.
// ARGV: prefix of channels, node, life, name of the request, reason, lease time in ms.
// Answers the record, its route and its queue; or nothing. What only removes stands first, so that
// a session of a full Redis can be taken.
inline constexpr std::string_view kTakeScript = R"lua(
local names = {'ref', 'resource', 'node', 'life', 'epoch', 'sm', 'resumable', 'resume_time',
  'counted_from', 'handled', 'inactive', 'first', 'detached', 'taken'}
local v = redis.call('HMGET', KEYS[1], unpack(names))
local is = {}
for i, name in ipairs(names) do is[name] = v[i] end
if not is.ref then return false end
local route = redis.call('HGET', KEYS[3], is.resource)
if not route then return false end
local function has_expired()
  if is.detached == '1' then
    local till = redis.call('ZSCORE', KEYS[4], is.ref)
    return till and tonumber(till) <= now()
  end
  local till = redis.call('ZSCORE', KEYS[6], is.life)
  local more = redis.call('ZSCORE', sessions_of(is.life), is.ref)
  return till and more and tonumber(till) + tonumber(more) <= now()
    and redis.call('EXISTS', KEYS[7]) == 0
end
local epoch = tonumber(is.epoch)
if is.taken ~= ARGV[4] then
  if ARGV[5] == 'expire' and not has_expired() then return false end
  redis.call('ZREM', sessions_of(is.life), is.ref)
  redis.call('ZREM', KEYS[4], is.ref)
  redis.call('HDEL', KEYS[1], 'commits_of', 'commit', 'failed', 'must_end', 'detached')
  epoch = epoch + 1
  redis.call('HSET', KEYS[1], 'node', ARGV[2], 'life', ARGV[3], 'epoch', epoch, 'taken', ARGV[4])
  redis.call('PUBLISH', ARGV[1] .. is.node, field('taken') .. is.ref .. field(is.epoch))
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
  is.handled, is.inactive, route, is.first, redis.call('LRANGE', KEYS[2], 0, -1)}
)lua";

// KEYS: session and queue of each. ARGV: life, then epoch and last number seen of each.
// Answers for each: 0, another owner has it or it is gone; -1, its queue ends before what was seen;
// or the condition it must end with, and the stanzas behind what was seen.
inline constexpr std::string_view kSyncScript = R"lua(
local out = {}
for i = 1, #KEYS / 2 do
  local key, queue = KEYS[i * 2 - 1], KEYS[i * 2]
  local epoch, seen = ARGV[i * 2], tonumber(ARGV[i * 2 + 1])
  local v = redis.call('HMGET', key, 'life', 'epoch', 'first', 'last', 'must_end', 'ref')
  if v[1] ~= ARGV[1] or v[2] ~= epoch or not v[6] then
    out[i] = 0
  elseif tonumber(v[4]) < seen then
    out[i] = -1
  else
    out[i] = redis.call('LRANGE', queue, math.max(0, seen + 1 - tonumber(v[3])), -1)
    table.insert(out[i], 1, v[5] or '')
  end
end
return out
)lua";

extern const std::string_view kCommitScript;  // redis_commit_script.cpp

}  // namespace backend
