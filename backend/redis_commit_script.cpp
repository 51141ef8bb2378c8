#include "backend/redis_session_scripts.h"

namespace backend {

// KEYS: session, queue, routes, expiry, sessions of the life; then for each user that is
// touched, the session's own first, account, versions, offline, roster, blocks, vcard; and session
// and queue of each other session. A user or session is named by the place of its first key, and
// has only one.
// ARGV: prefix of channels, node, epoch, life, number of the commit, the lowest number that may be
// asked again, new count of handled stanzas or "", most stanzas of a queue, most bytes; then the
// writes, each a letter and its arguments.
// Answers "D" and the roster's version; "F" fenced, "S" stale; "Q" and the place of a full session.
//
// First everything is judged on numbers alone, then written: a script that has begun to write is
// not undone.
const std::string_view kCommitScript = R"lua(
local channel, node, epoch, life = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local number, settled, handled = tonumber(ARGV[5]), tonumber(ARGV[6]), ARGV[7]
local most_stanzas, most_bytes = tonumber(ARGV[8]), tonumber(ARGV[9])

local function load(k, names)
  local v = redis.call('HMGET', KEYS[k], unpack(names))
  local s = {}
  for i, name in ipairs(names) do s[name] = v[i] end
  if s.ref then
    s.first, s.last, s.bytes = tonumber(s.first), tonumber(s.last), tonumber(s.bytes)
    s.head, s.stored, s.added = s.first, s.last, {}
    s.welcome, s.welcome_bytes = tonumber(s.welcome or 0), tonumber(s.welcome_bytes or 0)
  end
  return s
end

local me = load(1, {'node', 'life', 'epoch', 'ref', 'first', 'last', 'bytes', 'detached', 'closed',
  'welcome', 'welcome_bytes', 'commits_of', 'commit', 'failed', 'resource', 'resumable',
  'resume_time'})
if me.life ~= life or me.epoch ~= epoch then return 'F' end
local failed = me.failed or ''
local resource, resumable, resume_time = me.resource, me.resumable, me.resume_time

-- Each kind of write with the number of its arguments.
local sizes = {E=2, O=3, M=0, T=1, P=1, S=3, I=1, D=0, C=1, W=0, R=3, X=2, B=2, V=2, Z=2, U=3}
local ME = 6 -- the user of the session
local function writes()
  local at = 10
  return function()
    local kind = ARGV[at]
    if not kind then return nil end
    local from = at + 1
    at = from + sizes[kind]
    return kind, ARGV[from], ARGV[from + 1], ARGV[from + 2]
  end
end

if me.commits_of == life and number <= tonumber(me.commit) then
  local before = string.match(failed, ';' .. ARGV[5] .. '=([^;]*)')
  if before then return before end
  local version = '0'
  for kind, k in writes() do
    if kind == 'R' or kind == 'X' then
      version = redis.call('HGET', KEYS[tonumber(k) + 1], 'roster') or '0'
    end
  end
  return 'D' .. version
end
if me.closed then return 'F' end

-- Failures that may be asked again.
local kept = ''
for n, what in string.gmatch(failed, ';(%d+)=([^;]*)') do
  if tonumber(n) >= settled then kept = kept .. ';' .. n .. '=' .. what end
end
local function refuse(what)
  redis.call('HSET', KEYS[1], 'commits_of', life, 'commit', ARGV[5],
    'failed', kept .. ';' .. ARGV[5] .. '=' .. what)
  return what
end

local sessions = {me}
local function session(k)
  if not sessions[k] then
    sessions[k] = load(k, {'node', 'life', 'epoch', 'ref', 'first', 'last', 'bytes', 'detached',
      'welcome', 'welcome_bytes'})
  end
  return sessions[k]
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
    local gone = redis.call('LRANGE', KEYS[2], me.first - me.head, stored - me.head)
    for _, stanza in ipairs(gone) do me.bytes = me.bytes - #stanza end
  end
  for n = math.max(me.first, me.stored + 1), up_to do
    me.bytes = me.bytes - #me.added[n - me.stored]
  end
  me.first = up_to + 1
  me.welcome_bytes = up_to < me.welcome and me.welcome_bytes - (before - me.bytes) or 0
end

local accounts = {}
local function has_account(k)
  if accounts[k] == nil then accounts[k] = redis.call('EXISTS', KEYS[k]) == 1 end
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
    if not s.ref then return refuse('S') end
    if (s ~= me or not welcomes) and is_full(s, #b) then return refuse('Q' .. a) end
    append(s, b)
  elseif kind == 'U' then
    local v = redis.call('HMGET', KEYS[tonumber(a) + 1], 'routes', 'roster')
    if b ~= '' and (v[1] or '0') ~= b or c ~= '' and (v[2] or '0') ~= c then return refuse('S') end
  elseif kind == 'O' then
    local k = tonumber(a)
    if not has_account(k) then return refuse('S') end
    local v = redis.call('HMGET', KEYS[k + 1], 'routes', 'offline_bytes')
    if (v[1] or '0') ~= b then return refuse('S') end
    local kept_back = offline[k] or {
      stanzas = {}, bytes = 0, count = redis.call('LLEN', KEYS[k + 2]), before = tonumber(v[2] or 0)}
    offline[k] = kept_back
    table.insert(kept_back.stanzas, c)
    kept_back.bytes = kept_back.bytes + #c
    if kept_back.count + #kept_back.stanzas > most_stanzas or
      kept_back.before + kept_back.bytes > most_bytes then return refuse('Q' .. a) end
  elseif kind == 'R' or kind == 'X' or kind == 'B' or kind == 'V' then
    if not has_account(tonumber(a)) then return refuse('S') end
  elseif kind == 'M' then
    if not moved then
      for _, stanza in ipairs(redis.call('LRANGE', KEYS[ME + 2], 0, -1)) do append(me, stanza) end
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
    resumable, resume_time = a, b
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
  local told = {field('queued') .. s.ref .. field(s.epoch) .. field(digits(s.stored + 1))}
  for _, stanza in ipairs(s.added) do told[#told + 1] = field(stanza) end
  redis.call('PUBLISH', channel .. s.node, table.concat(told))
end

if moved then
  redis.call('DEL', KEYS[ME + 2])
  redis.call('HDEL', KEYS[ME + 1], 'offline_bytes')
end
for k, behind in pairs(offline) do
  push(KEYS[k + 2], behind.stanzas)
  redis.call('HINCRBY', KEYS[k + 1], 'offline_bytes', behind.bytes)
end
for k, s in pairs(sessions) do
  if s.ref and #s.added > 0 then
    push(KEYS[k + 1], s.added)
    if k ~= 1 then redis.call('HSET', KEYS[k], 'last', digits(s.last), 'bytes', digits(s.bytes)) end
    if s.detached ~= '1' then tell_queued(s) end
  end
end
if me.first > me.head then redis.call('LTRIM', KEYS[2], me.first - me.head, -1) end

local version = '0'
local closes = false
for kind, a, b, c in writes() do
  if kind == 'P' then
    redis.call('HSET', KEYS[3], resource, field(node) .. a)
    redis.call('HINCRBY', KEYS[ME + 1], 'routes', 1)
  elseif kind == 'S' then
    set.sm, set.resumable, set.resume_time, set.counted_from = '1', a, b, digits(enabled)
    redis.call('ZADD', KEYS[5], patience(a, b), me.ref)
  elseif kind == 'I' then
    set.inactive = a
  elseif kind == 'D' then
    -- What only removes stands first: it goes on a full Redis, and then so does the rest.
    redis.call('ZREM', KEYS[5], me.ref)
    redis.call('ZADD', KEYS[4], digits(now() + tonumber(patience(resumable, resume_time))), me.ref)
    set.detached = '1'
  elseif kind == 'C' then
    closes = true
  elseif kind == 'R' then
    version = digits(redis.call('HINCRBY', KEYS[tonumber(a) + 1], 'roster', 1))
    redis.call('HSET', KEYS[tonumber(a) + 3], b, field(version) .. c)
  elseif kind == 'X' then
    version = digits(redis.call('HINCRBY', KEYS[tonumber(a) + 1], 'roster', 1))
    redis.call('HDEL', KEYS[tonumber(a) + 3], b)
  elseif kind == 'B' then
    redis.call('SET', KEYS[tonumber(a) + 4], b)
  elseif kind == 'V' then
    local key = KEYS[tonumber(a) + 5]
    if b == '' then redis.call('DEL', key) else redis.call('SET', key, b) end
  elseif kind == 'Z' then
    local s = session(tonumber(a))
    if s.ref then must_end(KEYS[tonumber(a)], KEYS[4], s, channel, b) end
  end
end

if closes then
  redis.call('DEL', KEYS[1], KEYS[2])
  redis.call('HDEL', KEYS[3], resource)
  redis.call('HINCRBY', KEYS[ME + 1], 'routes', 1)
  redis.call('ZREM', KEYS[4], me.ref)
  redis.call('ZREM', KEYS[5], me.ref)
  redis.call('HSET', KEYS[1], 'closed', 1, 'life', life, 'epoch', epoch, 'commits_of', life,
    'commit', ARGV[5])
  redis.call('EXPIRE', KEYS[1], 120)
  if redis.call('EXISTS', KEYS[ME], KEYS[3]) == 0 then redis.call('DEL', KEYS[ME + 1]) end
  return 'D' .. version
end

if handled ~= '' then set.handled = handled end
local changed = {'commits_of', life, 'commit', ARGV[5], 'first', digits(me.first),
  'last', digits(me.last), 'bytes', digits(me.bytes)}
if failed ~= '' then set.failed = kept end
if me.welcome > 0 then
  set.welcome, set.welcome_bytes = digits(me.welcome), digits(me.welcome_bytes)
end
for name, value in pairs(set) do
  changed[#changed + 1] = name
  changed[#changed + 1] = value
end
redis.call('HSET', KEYS[1], unpack(changed))
return 'D' .. version
)lua";

}  // namespace backend
