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
//     welcome, welcome_bytes                 the last number of its welcome, bytes of it in the queue
//     detached                               "" lives; "self" given up by its owner; "lease" its
//                                            owner's lease was over: goes on when the owner is back
//     ending                                 there: taken by a node that ends it
//     taken                                  names the take-over, so that it can be asked again
//     commits_of, commit, failed             the last commit seen, so that it can be asked again
// A closed one leaves `closed`, node, epoch, commits_of and commit for two minutes.

// KEYS: session, routes, versions, sessions of the life, account.
// ARGV: ref, resource, node, life, route. Answers "D" (done) or "S" (stale).
inline constexpr std::string_view kOpenScript = R"lua(
local v = redis.call('HMGET', KEYS[1], 'life', 'epoch', 'resource', 'closed')
if v[1] == ARGV[4] and v[2] == '1' and v[3] == ARGV[2] and not v[4] then return 'D' end
if v[1] or redis.call('HEXISTS', KEYS[2], ARGV[2]) == 1 or redis.call('EXISTS', KEYS[5]) == 0 then
  return 'S'
end
redis.call('DEL', KEYS[1])
redis.call('HSET', KEYS[1], 'ref', ARGV[1], 'resource', ARGV[2], 'node', ARGV[3],
  'life', ARGV[4], 'epoch', 1, 'sm', 0, 'resumable', 0, 'resume_time', 0, 'counted_from', 0,
  'handled', 0, 'inactive', 0, 'first', 1, 'last', 0, 'bytes', 0, 'detached', '')
redis.call('HSET', KEYS[2], ARGV[2], field(ARGV[3]) .. ARGV[5])
redis.call('HINCRBY', KEYS[3], 'routes', 1)
redis.call('SADD', KEYS[4], ARGV[1])
return 'D'
)lua";

// KEYS: session, queue, routes, versions, expiry, sessions of the life.
// ARGV: prefix of channels, node, life, name of the take-over, reason.
// Answers the record, its route and its queue; or nothing.
inline constexpr std::string_view kTakeScript = R"lua(
local names = {'ref', 'resource', 'node', 'epoch', 'sm', 'resumable', 'resume_time',
  'counted_from', 'handled', 'inactive', 'first', 'detached', 'taken', 'closed'}
local v = redis.call('HMGET', KEYS[1], unpack(names))
local is = {}
for i, name in ipairs(names) do is[name] = v[i] end
if not is.ref or is.closed then return false end
local route = redis.call('HGET', KEYS[3], is.resource)
if not route then return false end
local epoch = tonumber(is.epoch)
if is.taken ~= ARGV[4] then
  if ARGV[5] == 'expire' then
    local till = redis.call('ZSCORE', KEYS[5], is.ref)
    if not till or tonumber(till) > now() then return false end
    redis.call('HSET', KEYS[1], 'ending', 1)
  else
    redis.call('HDEL', KEYS[1], 'ending')
  end
  redis.call('PUBLISH', ARGV[1] .. is.node, field('taken') .. is.ref .. field(is.epoch))
  epoch = epoch + 1
  redis.call('HSET', KEYS[1], 'node', ARGV[2], 'life', ARGV[3], 'epoch', epoch,
    'detached', '', 'taken', ARGV[4])
  redis.call('HDEL', KEYS[1], 'commits_of', 'commit', 'failed')
  redis.call('ZREM', KEYS[5], is.ref)
  redis.call('SADD', KEYS[6], is.ref)
  local size = string.match(route, '^%d+')
  route = field(ARGV[2]) .. string.sub(route, #size + 2 + tonumber(size))
  redis.call('HSET', KEYS[3], is.resource, route)
  redis.call('HINCRBY', KEYS[4], 'routes', 1)
end
return {is.resource, digits(epoch), is.sm, is.resumable, is.resume_time, is.counted_from,
  is.handled, is.inactive, route, is.first, redis.call('LRANGE', KEYS[2], 0, -1)}
)lua";

// KEYS: expiry, sessions of the life, then session and queue of each.
// ARGV: node, then epoch and last number seen of each.
// Answers for each: 0, another owner has it or it is gone; -1, its queue ends before what was seen;
// or the stanzas behind what was seen. Sessions detached by a lease live again.
inline constexpr std::string_view kSyncScript = R"lua(
local out = {}
for i = 1, (#KEYS - 2) / 2 do
  local key, queue = KEYS[i * 2 + 1], KEYS[i * 2 + 2]
  local epoch, seen = ARGV[i * 2], tonumber(ARGV[i * 2 + 1])
  local v = redis.call('HMGET', key, 'node', 'epoch', 'first', 'last', 'detached', 'ref', 'closed')
  if v[1] ~= ARGV[1] or v[2] ~= epoch or v[7] then
    out[i] = 0
  elseif tonumber(v[4]) < seen then
    out[i] = -1
  else
    if v[5] == 'lease' then
      redis.call('HSET', key, 'detached', '')
      redis.call('ZREM', KEYS[1], v[6])
      redis.call('SADD', KEYS[2], v[6])
    end
    out[i] = redis.call('LRANGE', queue, math.max(0, seen + 1 - tonumber(v[3])), -1)
  end
end
return out
)lua";

extern const std::string_view kCommitScript;  // redis_commit_script.cpp

}  // namespace backend
