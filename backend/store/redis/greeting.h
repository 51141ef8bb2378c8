#pragma once
// Judges what a server answers to a greeting. Pure; any thread.

#include <hiredis/hiredis.h>

#include <functional>
#include <string>
#include <vector>

#include "backend/store/redis/link.h"

namespace backend {

/// One question of a greeting.
struct RedisQuestion {
    RedisArguments arguments;
    /// Returns nothing, or why this server must not be used, as the end of a sentence that begins
    /// with its address.
    std::function<std::string(const redisReply&)> judge;
};

}  // namespace backend

namespace backend::redis_greeting {

/// What is asked of every server that keeps something: whether it may throw keys away, which is
/// refused, and what it may lose when it dies, which is logged under the name of `server`.
std::vector<RedisQuestion> about_keeping(const std::string& server);

/// Each returns nothing, or why this server must not be used, as the end of a sentence that begins
/// with its address.
std::string judge_ok(const redisReply& reply);
std::string judge_login(const redisReply& reply);
/// ROLE: only a master takes writes.
std::string judge_role(const redisReply& reply);
/// INFO memory: a Redis that evicts keys loses stanzas.
std::string judge_memory(const redisReply& reply);
/// INFO persistence and CONFIG GET appendfsync: what a server that dies loses of what it has
/// confirmed, in words; empty when it loses nothing or does not say.
std::string loss_without_append_only(const redisReply& reply);
std::string loss_between_syncs(const redisReply& reply);

}  // namespace backend::redis_greeting
