#include "backend/redis_scripts.h"

#include <openssl/sha.h>

#include "backend/redis_session_scripts.h"

namespace backend {

namespace {

/// Common to all scripts. `redis_fields.h` reads what field() writes.
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
local function digits(number) return string.format('%.0f', number) end
-- The end of the resume time of a session that is detached now.
local function deadline(resumable, seconds)
  if resumable == '1' then return digits(now() + tonumber(seconds) * 1000) end
  return digits(now())
end
)lua";

// KEYS: account, accounts, versions. ARGV: account, user.
// Versions begin with the time, so that those of a removed account never come again.
constexpr std::string_view kPutAccount = R"lua(
redis.call('HSETNX', KEYS[3], 'routes', digits(now() * 1000))
redis.call('HSETNX', KEYS[3], 'roster', digits(now() * 1000))
redis.call('SET', KEYS[1], ARGV[1])
redis.call('SADD', KEYS[2], ARGV[2])
return 1
)lua";

// KEYS: account, accounts, versions, roster, blocks, vcard, offline, expiry, lives, then the
// session of each route. ARGV: user, version of the routes, prefix of channels, condition.
// Answers -1 when the routes have changed.
constexpr std::string_view kRemoveAccount = R"lua(
if (redis.call('HGET', KEYS[3], 'routes') or '0') ~= ARGV[2] then return -1 end
if redis.call('DEL', KEYS[1]) == 0 then return 0 end
for k = 10, #KEYS do
  local v = redis.call('HMGET', KEYS[k], 'node', 'ref', 'epoch', 'detached', 'life')
  if v[2] then
    redis.call('HSET', KEYS[k], 'resumable', 0, 'resume_time', 0)
    redis.call('PUBLISH', ARGV[3] .. v[1], field('end') .. v[2] .. field(v[3]) .. field(ARGV[4]))
    local till = redis.call('ZSCORE', KEYS[9], v[5])
    if v[4] ~= '' or not till or tonumber(till) <= now() then
      if v[4] == '' then redis.call('HSET', KEYS[k], 'detached', 'lease') end
      redis.call('ZADD', KEYS[8], 'LT', digits(now()), v[2])
    end
  end
end
redis.call('SREM', KEYS[2], ARGV[1])
redis.call('DEL', KEYS[4], KEYS[5], KEYS[6], KEYS[7])
redis.call('HDEL', KEYS[3], 'offline_bytes')
if #KEYS == 9 then
  redis.call('DEL', KEYS[3])
else
  redis.call('HINCRBY', KEYS[3], 'routes', 1)
  redis.call('HINCRBY', KEYS[3], 'roster', 1)
end
return 1
)lua";

// KEYS: account, versions, routes, roster, blocks of each user. ARGV: per user "r" for the roster,
// "b" for the blocks, both, or "".
constexpr std::string_view kReadUsers = R"lua(
local out = {}
for i = 1, #ARGV do
  local k = i * 5 - 5
  local versions = redis.call('HMGET', KEYS[k + 2], 'routes', 'roster')
  out[i] = {
    redis.call('EXISTS', KEYS[k + 1]), versions[1] or '0', redis.call('HVALS', KEYS[k + 3]),
    versions[2] or '0',
    string.find(ARGV[i], 'r', 1, true) and redis.call('HVALS', KEYS[k + 4]) or {},
    string.find(ARGV[i], 'b', 1, true) and redis.call('GET', KEYS[k + 5]) or ''}
end
return out
)lua";

// KEYS: lives, names, grace. ARGV: node, life, lease time in ms, channel of the node.
// Answers whether this life's own lease was over (its sessions may have been detached), then lives
// to bury. Who finds its own lease over cannot tell a pause of its own from one of Redis, during
// which nobody could renew: others get the time of a lease before they are judged.
constexpr std::string_view kRenew = R"lua(
local t = now()
local late = 0
local before = redis.call('HGET', KEYS[2], ARGV[1])
if before ~= ARGV[2] then
  if before then redis.call('ZADD', KEYS[1], 'XX', 0, before) end
  redis.call('HSET', KEYS[2], ARGV[1], ARGV[2])
else
  local till = redis.call('ZSCORE', KEYS[1], ARGV[2])
  if not till or tonumber(till) < t then
    late = 1
    redis.call('SET', KEYS[3], 1, 'PX', ARGV[3])
  end
end
redis.call('ZADD', KEYS[1], digits(t + tonumber(ARGV[3])), ARGV[2])
redis.call('PUBLISH', ARGV[4], field('alive'))
local judged = redis.call('EXISTS', KEYS[3]) == 0 and '(' .. digits(t) or '0'
local out = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', judged, 'LIMIT', 0, 8)
table.insert(out, 1, late)
return out
)lua";

// KEYS: lives, sessions of the life, expiry, then sessions. ARGV: life, then refs.
// Detaches the sessions given; answers how many are left, 0 when the life is buried or alive.
constexpr std::string_view kBury = R"lua(
local till = redis.call('ZSCORE', KEYS[1], ARGV[1])
if not till or tonumber(till) >= now() then return 0 end
for i = 2, #ARGV do
  local key = KEYS[i + 2]
  local v = redis.call('HMGET', key, 'life', 'detached', 'resumable', 'resume_time', 'ending')
  if v[1] == ARGV[1] and v[2] == '' then
    redis.call('HSET', key, 'detached', 'lease')
    local till = v[5] and digits(now()) or deadline(v[3], v[4])
    redis.call('ZADD', KEYS[3], till, ARGV[i])
  end
  redis.call('SREM', KEYS[2], ARGV[i])
end
local left = redis.call('SCARD', KEYS[2])
if left == 0 then redis.call('ZREM', KEYS[1], ARGV[1]) end
return left
)lua";

// KEYS: expiry. ARGV: the most to find.
constexpr std::string_view kFindExpired = R"lua(
return redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', digits(now()), 'LIMIT', 0, ARGV[1])
)lua";

RedisScript make(std::string_view body) {
    RedisScript script{.text = std::string(kPrelude) + std::string(body)};
    unsigned char digest[SHA_DIGEST_LENGTH];
    ::SHA1(reinterpret_cast<const unsigned char*>(script.text.data()), script.text.size(), digest);
    for (const unsigned char byte : digest) {
        script.sha += "0123456789abcdef"[byte >> 4];
        script.sha += "0123456789abcdef"[byte & 15];
    }
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
                                      .bury = make(kBury),
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

std::string channel_prefix(unsigned db) {
    return "stanzanode:" + std::to_string(db) + ":";
}

}  // namespace redis_key

}  // namespace backend
