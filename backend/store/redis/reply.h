#pragma once
// Reading hiredis' replies: what is not there or of another type is empty, zero or none. What is
// returned points into the reply. Pure; any thread.

#include <hiredis/hiredis.h>

#include <charconv>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace backend::redis_reply {

inline bool is_text(const redisReply& reply) {
    return reply.type == REDIS_REPLY_STRING || reply.type == REDIS_REPLY_STATUS;
}
inline bool is_error(const redisReply& reply) {
    return reply.type == REDIS_REPLY_ERROR;
}
inline bool is_array(const redisReply& reply) {
    return reply.type == REDIS_REPLY_ARRAY;
}

inline std::string_view text(const redisReply& reply) {
    return is_text(reply) || is_error(reply) ? std::string_view(reply.str, reply.len)
                                             : std::string_view{};
}

/// An integer, or a text that is one.
inline std::optional<std::int64_t> integer(const redisReply& reply) {
    if (reply.type == REDIS_REPLY_INTEGER) return reply.integer;
    if (!is_text(reply)) return std::nullopt;
    std::int64_t value = 0;
    const char* const last = reply.str + reply.len;
    const auto [end, error] = std::from_chars(reply.str, last, value);
    if (error != std::errc{} || end != last) return std::nullopt;
    return value;
}

inline std::span<redisReply* const> elements(const redisReply& reply) {
    if (!is_array(reply)) return {};
    return {reply.element, reply.elements};
}

}  // namespace backend::redis_reply
