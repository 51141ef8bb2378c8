#include "backend/store/redis/scripts.h"

#include "backend/store/redis/session_scripts.h"
#include "core/digest.h"
#include "core/hex.h"

namespace backend {

namespace {

/// Common to all scripts. `store/redis/fields.h` reads what field() writes.
constexpr std::string_view kPrelude = R"lua(
local function now()
  local t = redis.call('TIME')
  return t[1] * 1000 + math.floor(t[2] / 1000)
end
local function field(bytes)
  bytes = tostring(bytes)
  return #bytes .. ':' .. bytes
end
-- Whole numbers as digits; the default writes large ones as 1e+15.
local function digits(number) return string.format('%d', number) end
-- The first `count` fields of a value.
local function fields(bytes, count)
  local all, at = {}, 1
  for i = 1, count do
    local colon = string.find(bytes, ':', at, true)
    local size = tonumber(string.sub(bytes, at, colon - 1))
    all[i] = string.sub(bytes, colon + 1, colon + size)
    at = colon + size + 1
  end
  return all
end
-- The sessions at a life of a node.
local function sessions_of(life) return 'stanzanode:of:' .. life end
-- How long, in ms, a session outlives the lease of its owner.
local function patience(resumable, seconds)
  return resumable == '1' and digits(tonumber(seconds) * 1000) or '0'
end
-- The numbers of a session, packed; `first` is 0 for one that is closed.
local function read_state(packed)
  local first, last, bytes, welcome, welcome_bytes, handled, commit =
    struct.unpack('<LLLLLLL', packed)
  return {first = first, last = last, bytes = bytes, welcome = welcome,
    welcome_bytes = welcome_bytes, handled = handled, commit = commit}
end
local function write_state(s, commit)
  return struct.pack('<LLLLLLL', s.first, s.last, s.bytes, s.welcome, s.welcome_bytes, s.handled,
    commit)
end
-- A session is to end: its owner is told; without one its resume time is over.
local function must_end(key, expiry, condition)
  local v = redis.call('HMGET', key, 'ref', 'life', 'hears', 'head')
  if not v[1] then return end
  redis.call('HSET', key, 'must_end', condition)
  if not v[3] then
    redis.call('ZADD', expiry, 'LT', digits(now()), v[1])
  else
    redis.call('ZADD', sessions_of(v[2]), 'XX', 0, v[1])
    redis.call('PUBLISH', v[3], field('end') .. v[4] .. field(condition))
  end
end
)lua";

// KEYS: account, accounts, about. ARGV: account, user.
// Versions begin with the time, so that those of a removed account never come again.
constexpr std::string_view kPutAccount = R"lua(
redis.call('HSETNX', KEYS[3], 'routes', digits(now() * 1000))
redis.call('HSETNX', KEYS[3], 'roster', digits(now() * 1000))
redis.call('HSET', KEYS[3], 'account', 1)
redis.call('SET', KEYS[1], ARGV[1])
redis.call('SADD', KEYS[2], ARGV[2])
return 1
)lua";

// KEYS: account, accounts, about, roster, vcard, offline, routes, expiry.
// ARGV: user, what the keys of the user's sessions begin with, condition.
// Answers whether there was such an account.
constexpr std::string_view kRemoveAccount = R"lua(
if redis.call('DEL', KEYS[1]) == 0 then return 0 end
redis.call('SREM', KEYS[2], ARGV[1])
redis.call('DEL', KEYS[4], KEYS[5], KEYS[6])
redis.call('HDEL', KEYS[3], 'account', 'blocks', 'offline_bytes')
local routes = redis.call('HVALS', KEYS[7])
for _, route in ipairs(routes) do
  local key = ARGV[2] .. fields(route, 3)[3]
  must_end(key, KEYS[8], ARGV[3])
  if redis.call('HEXISTS', key, 'ref') == 1 then
    redis.call('HSET', key, 'resumable', 0, 'resume_time', 0)
  end
end
if #routes == 0 then
  redis.call('DEL', KEYS[3])
else
  redis.call('HINCRBY', KEYS[3], 'routes', 1)
  redis.call('HINCRBY', KEYS[3], 'roster', 1)
end
return 1
)lua";

// KEYS: about, routes, roster of each user. ARGV: per user "r" for the roster, "b" for the blocks,
// "rb" for both, or "".
constexpr std::string_view kReadUsers = R"lua(
local out = {}
for i, wanted in ipairs(ARGV) do
  local k = i * 3 - 2
  out[i] = {
    (wanted == 'b' or wanted == 'rb')
      and redis.call('HMGET', KEYS[k], 'account', 'routes', 'roster', 'blocks')
      or redis.call('HMGET', KEYS[k], 'account', 'routes', 'roster'),
    redis.call('HVALS', KEYS[k + 1]),
    (wanted == 'r' or wanted == 'rb') and redis.call('HVALS', KEYS[k + 2]) or {}}
end
return out
)lua";

// KEYS: lives, names, grace. ARGV: node, life, lease time in ms, channel of the node.
// Nobody can renew while Redis is away, and a node cannot tell that from a pause of its own: when
// leases were over that should not be, all get the time of one before any is judged.
constexpr std::string_view kRenew = R"lua(
local t = now()
local before = redis.call('HGET', KEYS[2], ARGV[1])
if before ~= ARGV[2] then
  if before then redis.call('ZADD', KEYS[1], 'XX', 'LT', digits(t), before) end
  redis.call('HSET', KEYS[2], ARGV[1], ARGV[2])
end
local own = redis.call('ZSCORE', KEYS[1], ARGV[2])
if own and tonumber(own) < t or redis.call('ZCOUNT', KEYS[1], digits(t), '+inf') == 0 then
  redis.call('SET', KEYS[3], 1, 'PX', ARGV[3])
end
redis.call('ZADD', KEYS[1], digits(t + tonumber(ARGV[3])), ARGV[2])
redis.call('PUBLISH', ARGV[4], field('alive'))
-- Lives that are over and have left nothing behind.
for _, life in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', digits(t), 'LIMIT', 0, 100)) do
  if redis.call('EXISTS', sessions_of(life)) == 0 then redis.call('ZREM', KEYS[1], life) end
end
return 1
)lua";

// KEYS: expiry, lives, grace. ARGV: the most to find.
// Sessions that were detached by their owners, then those of lives whose lease is over.
constexpr std::string_view kFindExpired = R"lua(
local t, most = now(), tonumber(ARGV[1])
local out = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', digits(t), 'LIMIT', 0, most)
if redis.call('EXISTS', KEYS[3]) == 1 then return out end
local lives = redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', digits(t), 'WITHSCORES')
for i = 1, #lives, 2 do
  local refs = redis.call('ZRANGEBYSCORE', sessions_of(lives[i]), '-inf',
    digits(t - tonumber(lives[i + 1])), 'LIMIT', 0, most - #out)
  for _, ref in ipairs(refs) do out[#out + 1] = ref end
end
return out
)lua";

RedisScript make(std::string_view body) {
    RedisScript script{.text = std::string(kPrelude) + std::string(body)};
    script.sha = core::hex(core::sha1(script.text));
    return script;
}

}  // namespace

const RedisScripts& RedisScripts::get() {
    static const RedisScripts scripts{.put_account = make(kPutAccount),
                                      .remove_account = make(kRemoveAccount),
                                      .read_users = make(kReadUsers),
                                      .open = make(kOpenScript),
                                      .take = make(kTakeScript),
                                      .commit = make(kCommitScript),
                                      .sync = make(kSyncScript),
                                      .renew = make(kRenew),
                                      .find_expired = make(kFindExpired)};
    return scripts;
}

namespace redis_key {

std::string of_user(std::string_view user, std::string_view kind) {
    std::string key = "{";
    key.append(user).append("}:").append(kind);
    return key;
}

std::string session(const SessionRef& ref) {
    return of_user(ref.user, "session:").append(ref.id.reveal());
}

std::string queue(const SessionRef& ref) {
    return of_user(ref.user, "queue:").append(ref.id.reveal());
}

std::string sessions_of(std::string_view life) {
    return std::string("stanzanode:of:").append(life);
}

std::string shared_secret(std::string_view name) {
    return std::string("stanzanode:secret:").append(name);
}

std::string channel(unsigned db, const NodeName& node) {
    return "stanzanode:" + std::to_string(db) + ":" + node.get();
}

}  // namespace redis_key

}  // namespace backend
