#pragma once
// What the scripts answer, as records; none where an answer makes no sense. Pure; any thread.

#include <hiredis/hiredis.h>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "backend/store/store.h"

namespace backend::redis_answers {

/// Answers with the value, or `broken` when the reply made no sense.
template <class Value, class On>
void answer(const On& on, std::optional<Value> value) {
    if (value) {
        on(*std::move(value));
    } else {
        on(StoreError::broken);
    }
}

std::optional<std::vector<UserSnapshot>> snapshots(const redisReply& reply);
struct Taken {
    TakenSession session;
    std::uint64_t last = 0;  // number of the last stanza that was ever queued
};
std::optional<Taken> taken_session(const redisReply& reply, const SessionRef& ref,
                                   const NodeName& owner);
std::optional<std::vector<std::string>> texts(const redisReply& reply);
std::optional<std::vector<SessionRef>> refs(const redisReply& reply);

}  // namespace backend::redis_answers
