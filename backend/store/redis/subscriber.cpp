#include "backend/store/redis/subscriber.h"

#include <utility>

#include "backend/store/redis/reply.h"

namespace backend {

namespace {

constexpr std::chrono::milliseconds kSilenceMax{5'000};

}  // namespace

RedisSubscriber::RedisSubscriber(core::EventLoop& loop, const RedisAddress& address,
                                 std::string channel, std::function<void()> on_hearing,
                                 std::function<void(std::string_view)> on_message)
    : channel_(std::move(channel)),
      on_hearing_(std::move(on_hearing)),
      on_message_(std::move(on_message)),
      silence_(loop, [this] { connection_.renew("the channel is silent"); }),
      connection_(loop, address, "events", {}, *this) {
    connection_.start();
}

void RedisSubscriber::expect_message() {
    if (connection_.is_up() && !silence_.is_running()) silence_.start(kSilenceMax);
}

void RedisSubscriber::on_up() {
    connection_.send({"SUBSCRIBE", channel_});
}

bool RedisSubscriber::on_reply(const redisReply& reply) {
    const auto parts = redis_reply::elements(reply);
    if (parts.size() != 3) return false;
    silence_.cancel();
    const std::string_view kind = redis_reply::text(*parts[0]);
    if (kind == "subscribe") on_hearing_();
    if (kind == "message") on_message_(redis_reply::text(*parts[2]));
    return true;
}

}  // namespace backend
