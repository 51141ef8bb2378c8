#pragma once
// Judges what a server answers to a greeting. Pure; any thread.

#include <hiredis/hiredis.h>

#include <string>

namespace backend::redis_greeting {

/// Each returns nothing, or why this server must not be used, as the end of a sentence that begins
/// with its address.
std::string judge_ok(const redisReply& reply);
std::string judge_login(const redisReply& reply);
/// ROLE: only a master takes writes.
std::string judge_role(const redisReply& reply);
/// INFO memory: a Redis that evicts keys loses stanzas.
std::string judge_memory(const redisReply& reply);
/// INFO persistence: "0" or "1" of aof_enabled; empty when not said.
std::string append_only(const redisReply& reply);

}  // namespace backend::redis_greeting
