#include "backend/store/redis/session_scripts.h"

namespace backend {

// KEYS: session, queue; for each user that is touched about, offline, roster, vcard; about for each
// that is to be unchanged; session and queue of each other session; and, if the commit is about
// more than queues, at the place OWN, routes of the session's user, expiry, sessions of the life. A
// user who is touched, or a session, is named by the place of its first key, and has only one.
// ARGV: owner of the session, number of the commit, the lowest number that may be asked again, new
// count of handled stanzas or "", OWN, place of the session's user (both 0 if not needed), most
// stanzas of a queue, most bytes; then the writes, each a letter and its arguments.
// Answers "D" and the roster's version; "F" fenced, "S" stale; "Q" and the place of a full session.
//
// Most commits are stanzas for queues, so that way is short: one read and one write of each
// session. First everything is judged on numbers alone, then written: a script that has begun to
// write is not undone.
const std::string_view kCommitScript = R"lua(
local number, settled, handled = tonumber(ARGV[2]), tonumber(ARGV[3]), ARGV[4]
local OWN, ME = tonumber(ARGV[5]), tonumber(ARGV[6])
local most_stanzas, most_bytes = tonumber(ARGV[7]), tonumber(ARGV[8])

-- A session as it is, from its fields state, hears and head.
local function read_session(v)
  local s = v[1] and read_state(v[1]) or {first = 0}
  s.hears, s.head = v[2], v[3]
  s.before, s.stored, s.added = s.first, s.last, {}
  return s
end

local v = redis.call('HMGET', KEYS[1], 'state', 'hears', 'head', 'owner', 'failed')
if v[4] ~= ARGV[1] then return 'F' end
local me, failed = read_session(v), v[5]

-- Each kind of write with the number of its arguments.
local sizes = {E=2, O=3, M=0, T=1, P=1, S=3, I=1, D=0, C=1, W=0, R=3, X=2, B=2, V=2, Z=2, U=3}
local function writes()
  local at = 9
  return function()
    local kind = ARGV[at]
    if not kind then return nil end
    local from = at + 1
    at = from + sizes[kind]
    return kind, ARGV[from], ARGV[from + 1], ARGV[from + 2]
  end
end

if number <= me.commit then
  local before = failed and string.match(failed, ';' .. ARGV[2] .. '=([^;]*)')
  if before then return before end
  local version = '0'
  for kind, k in writes() do
    if kind == 'R' or kind == 'X' then
      version = redis.call('HGET', KEYS[tonumber(k)], 'roster') or '0'
    end
  end
  return 'D' .. version
end
if me.first == 0 then return 'F' end

local kept = '' -- failures that may be asked again
if failed then
  for n, what in string.gmatch(failed, ';(%d+)=([^;]*)') do
    if tonumber(n) >= settled then kept = kept .. ';' .. n .. '=' .. what end
  end
end
local function refuse(what)
  redis.call('HSET', KEYS[1], 'state', write_state(read_state(v[1]), number),
    'failed', kept .. ';' .. ARGV[2] .. '=' .. what)
  return what
end

local sessions = {me}
local function session(k)
  if not sessions[k] then
    sessions[k] = read_session(redis.call('HMGET', KEYS[k], 'state', 'hears', 'head'))
  end
  return sessions[k]
end
local more = nil
local function own(name)
  if not more then
    local v = redis.call('HMGET', KEYS[1], 'ref', 'resource', 'resumable', 'resume_time')
    more = {ref = v[1], resource = v[2], resumable = v[3], resume_time = v[4]}
  end
  return more[name]
end
local function append(s, stanza)
  s.last = s.last + 1
  s.bytes = s.bytes + #stanza
  s.added[#s.added + 1] = stanza
end
local function is_full(s, size)
  return s.last - math.max(s.first - 1, s.welcome) >= most_stanzas
    or s.bytes - s.welcome_bytes + size > most_bytes
end
local function trim(up_to)
  up_to = math.min(up_to, me.last)
  if up_to < me.first then return end
  local before = me.bytes
  local stored = math.min(up_to, me.stored)
  if stored >= me.first then
    local gone = redis.call('LRANGE', KEYS[2], me.first - me.before, stored - me.before)
    for _, stanza in ipairs(gone) do me.bytes = me.bytes - #stanza end
  end
  for n = math.max(me.first, me.stored + 1), up_to do
    me.bytes = me.bytes - #me.added[n - me.stored]
  end
  me.first = up_to + 1
  me.welcome_bytes = up_to < me.welcome and me.welcome_bytes - (before - me.bytes) or 0
end

-- Has a version of a user's changed since it was read? "" if that does not matter.
local function is_changed(about, version, read)
  return read ~= '' and (redis.call('HGET', about, version) or '0') ~= read
end

local accounts = {}
local function has_account(k)
  if accounts[k] == nil then accounts[k] = redis.call('HEXISTS', KEYS[k], 'account') == 1 end
  return accounts[k]
end

local offline = {}  -- per user: what comes behind what is there
local moved = false
local set = {}      -- fields of the session
local enabled = nil -- the last number before stream management
local welcomes = false
for kind in writes() do
  if kind == 'W' and me.first > me.welcome then welcomes = true end
end
for kind, a, b, c in writes() do
  if kind == 'E' then
    local s = session(tonumber(a))
    if s.first == 0 then return refuse('S') end
    if (s ~= me or not welcomes) and is_full(s, #b) then return refuse('Q' .. a) end
    append(s, b)
  elseif kind == 'U' then
    if is_changed(KEYS[tonumber(a)], 'routes', b) or is_changed(KEYS[tonumber(a)], 'roster', c) then
      return refuse('S')
    end
  elseif kind == 'O' then
    local k = tonumber(a)
    if not has_account(k) then return refuse('S') end
    local v = redis.call('HMGET', KEYS[k], 'routes', 'offline_bytes')
    if (v[1] or '0') ~= b then return refuse('S') end
    local kept_back = offline[k] or {
      stanzas = {}, bytes = 0, before = tonumber(v[2] or 0),
      count = redis.call('LLEN', KEYS[k + 1])}
    offline[k] = kept_back
    table.insert(kept_back.stanzas, c)
    kept_back.bytes = kept_back.bytes + #c
    if kept_back.count + #kept_back.stanzas > most_stanzas or
      kept_back.before + kept_back.bytes > most_bytes then return refuse('Q' .. a) end
  elseif kind == 'R' or kind == 'X' or kind == 'B' or kind == 'V' then
    if not has_account(tonumber(a)) then return refuse('S') end
  elseif kind == 'M' then
    if not moved then
      for _, stanza in ipairs(redis.call('LRANGE', KEYS[ME + 1], 0, -1)) do append(me, stanza) end
    end
    moved = true
    for _, stanza in ipairs(offline[ME] and offline[ME].stanzas or {}) do append(me, stanza) end
    offline[ME] = nil
  elseif kind == 'T' then
    trim(tonumber(a))
  elseif kind == 'C' then
    if a ~= '' and tonumber(a) ~= me.stored then return refuse('S') end
  elseif kind == 'S' then
    enabled = c ~= '' and tonumber(c) or me.last
    own('ref')
    more.resumable, more.resume_time = a, b
  end
end

if welcomes then me.welcome, me.welcome_bytes = me.last, me.bytes end

local function push(key, stanzas)
  -- unpack() has a limit.
  for from = 1, #stanzas, 500 do
    redis.call('RPUSH', key, unpack(stanzas, from, math.min(from + 499, #stanzas)))
  end
end

local function tell_queued(s)
  local told = {field('queued') .. s.head .. field(digits(s.stored + 1))}
  for _, stanza in ipairs(s.added) do
    -- As field() has it, without a copy of the stanza.
    told[#told + 1] = #stanza .. ':'
    told[#told + 1] = stanza
  end
  redis.call('PUBLISH', s.hears, table.concat(told))
end

if moved then
  redis.call('DEL', KEYS[ME + 1])
  redis.call('HDEL', KEYS[ME], 'offline_bytes')
end
for k, behind in pairs(offline) do
  push(KEYS[k + 1], behind.stanzas)
  redis.call('HINCRBY', KEYS[k], 'offline_bytes', behind.bytes)
end
for k, s in pairs(sessions) do
  if #s.added > 0 then
    push(KEYS[k + 1], s.added)
    if k ~= 1 then redis.call('HSET', KEYS[k], 'state', write_state(s, s.commit)) end
    if s.hears then tell_queued(s) end
  end
end
if me.first > me.before then redis.call('LTRIM', KEYS[2], me.first - me.before, -1) end

local version = '0'
local closes = false
for kind, a, b, c in writes() do
  if kind == 'P' then
    redis.call('HSET', KEYS[OWN], own('resource'), a)
    redis.call('HINCRBY', KEYS[ME], 'routes', 1)
  elseif kind == 'S' then
    set.sm, set.resumable, set.resume_time, set.counted_from = '1', a, b, digits(enabled)
    redis.call('ZADD', KEYS[OWN + 2], patience(a, b), own('ref'))
  elseif kind == 'I' then
    set.inactive = a
  elseif kind == 'D' then
    -- What only removes stands first: it goes on a full Redis, and then so does the rest.
    redis.call('HDEL', KEYS[1], 'hears', 'head')
    redis.call('ZREM', KEYS[OWN + 2], own('ref'))
    redis.call('ZADD', KEYS[OWN + 1],
      digits(now() + tonumber(patience(own('resumable'), own('resume_time')))), own('ref'))
  elseif kind == 'C' then
    closes = true
  elseif kind == 'R' then
    version = digits(redis.call('HINCRBY', KEYS[tonumber(a)], 'roster', 1))
    redis.call('HSET', KEYS[tonumber(a) + 2], b, field(version) .. c)
  elseif kind == 'X' then
    version = digits(redis.call('HINCRBY', KEYS[tonumber(a)], 'roster', 1))
    redis.call('HDEL', KEYS[tonumber(a) + 2], b)
  elseif kind == 'B' then
    redis.call('HSET', KEYS[tonumber(a)], 'blocks', b)
    redis.call('HINCRBY', KEYS[tonumber(a)], 'routes', 1)
  elseif kind == 'V' then
    local key = KEYS[tonumber(a) + 3]
    if b == '' then redis.call('DEL', key) else redis.call('SET', key, b) end
  elseif kind == 'Z' then
    must_end(KEYS[tonumber(a)], KEYS[OWN + 1], b)
  end
end

if handled ~= '' then me.handled = tonumber(handled) end
if closes then
  own('ref')
  redis.call('DEL', KEYS[1], KEYS[2])
  redis.call('HDEL', KEYS[OWN], own('resource'))
  redis.call('HINCRBY', KEYS[ME], 'routes', 1)
  redis.call('ZREM', KEYS[OWN + 1], own('ref'))
  redis.call('ZREM', KEYS[OWN + 2], own('ref'))
  me.first = 0
  redis.call('HSET', KEYS[1], 'owner', ARGV[1], 'state', write_state(me, number))
  redis.call('EXPIRE', KEYS[1], 120)
  if redis.call('HEXISTS', KEYS[ME], 'account') == 0 and redis.call('EXISTS', KEYS[OWN]) == 0 then
    redis.call('DEL', KEYS[ME])
  end
  return 'D' .. version
end

local changed = {'state', write_state(me, number)}
if failed then set.failed = kept end
for name, value in pairs(set) do
  changed[#changed + 1] = name
  changed[#changed + 1] = value
end
redis.call('HSET', KEYS[1], unpack(changed))
return 'D' .. version
)lua";

}  // namespace backend
