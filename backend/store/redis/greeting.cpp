#include "backend/store/redis/greeting.h"

#include "backend/store/redis/reply.h"
#include "core/log.h"

namespace backend::redis_greeting {

namespace {

/// The value of one line of INFO; empty when there is none.
std::string info_value(std::string_view info, std::string_view name) {
    const std::string start = std::string(name) + ":";
    while (!info.empty()) {
        const std::string_view line = info.substr(0, info.find("\r\n"));
        if (line.starts_with(start)) return std::string(line.substr(start.size()));
        info.remove_prefix(std::min(info.size(), line.size() + 2));
    }
    return {};
}

}  // namespace

std::string judge_ok(const redisReply& reply) {
    if (!redis_reply::is_error(reply)) return {};
    return "says: " + std::string(redis_reply::text(reply));
}

std::string judge_login(const redisReply& reply) {
    if (!redis_reply::is_error(reply)) return {};
    // Without its words: some servers repeat what they were given.
    return "does not accept the user or password of [store] url";
}

std::string judge_role(const redisReply& reply) {
    if (redis_reply::is_error(reply)) return judge_ok(reply);
    const auto parts = redis_reply::elements(reply);
    if (!parts.empty() && redis_reply::text(*parts[0]) == "master") return {};
    return "is a replica, which takes no writes: name the master, or use redis+sentinel://";
}

std::string judge_memory(const redisReply& reply) {
    if (redis_reply::is_error(reply)) return judge_ok(reply);
    const std::string policy = info_value(redis_reply::text(reply), "maxmemory_policy");
    if (policy == "noeviction") return {};
    if (policy.empty()) return "does not say its maxmemory-policy; noeviction is needed";
    return "has maxmemory-policy " + policy +
           ", so it may throw away what it was given to keep: set it to noeviction";
}

std::string loss_without_append_only(const redisReply& reply) {
    if (info_value(redis_reply::text(reply), "aof_enabled") != "0") return {};
    return "appendonly is off: a restart of Redis loses what it has confirmed";
}

std::string loss_between_syncs(const redisReply& reply) {
    const auto parts = redis_reply::elements(reply);
    if (parts.size() != 2) return {};  // not every Redis lets its settings be read
    const std::string_view policy = redis_reply::text(*parts[1]);
    if (policy.empty() || policy == "always") return {};
    return "appendfsync is " + std::string(policy) +
           ": a Redis that dies may lose the last seconds of what it has confirmed; always loses "
           "nothing";
}

std::vector<RedisQuestion> about_keeping(const std::string& server) {
    const auto warn = [server](auto loss_of) {
        return [server, loss_of](const redisReply& reply) {
            if (const std::string loss = loss_of(reply); !loss.empty()) {
                core::Log(core::Severity::warn, "store_forgets")
                    .with("store", std::string_view(server))
                    .with("why", std::string_view(loss))
                    .with("remedy", "set appendonly yes and appendfsync always there");
            }
            return std::string();
        };
    };
    return {{{"INFO", "memory"}, judge_memory},
            {{"INFO", "persistence"}, warn(loss_without_append_only)},
            {{"CONFIG", "GET", "appendfsync"}, warn(loss_between_syncs)}};
}

}  // namespace backend::redis_greeting
