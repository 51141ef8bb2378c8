#pragma once
// Listens to one channel. Tells when it begins to hear again, for what was said before is lost.
// Loop thread only.

#include <functional>
#include <string>

#include "backend/store/redis/connection.h"
#include "core/timer.h"

namespace backend {

class RedisSubscriber final : RedisConnection::Listener {
public:
    RedisSubscriber(core::EventLoop& loop, const RedisAddress& address, std::string channel,
                    std::function<void()> on_hearing,
                    std::function<void(std::string_view)> on_message);

    /// A message was sent to the channel: if nothing is heard for a while, the connection is dead
    /// although nobody has said so.
    void expect_message();

private:
    void on_up() override;
    bool on_reply(const redisReply& reply) override;
    void on_down() override { silence_.cancel(); }
    void on_refused(const std::string&) override {}  // the other connection says it

    const std::string channel_;
    std::function<void()> on_hearing_;
    std::function<void(std::string_view)> on_message_;
    core::Timer silence_;
    RedisConnection connection_;
};

}  // namespace backend
