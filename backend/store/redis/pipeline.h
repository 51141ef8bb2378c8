#pragma once
// Requests to Redis in order, each answered once. When a connection is lost, requests without an
// answer go out again on the next one, if they may be asked twice. Each waits for a bounded time.
// Loop thread only.

#include <deque>
#include <functional>
#include <string>

#include "backend/store/redis/connection.h"
#include "backend/store/silence.h"
#include "backend/store/store.h"
#include "core/result.h"
#include "core/timer.h"

namespace backend {

class RedisPipeline final : RedisConnection::Listener {
public:
    /// The reply is valid during the call.
    using Reply = core::Result<const redisReply*, StoreError>;
    using OnReply = std::function<void(const Reply&)>;
    /// Once: that the first connection is up, or why it must not be used.
    using OnStarted = std::function<void(core::Result<void, std::string>)>;

    struct Limits {
        std::chrono::milliseconds wait{10'000};  // from asking to an answer
        std::size_t requests = 50'000;           // waiting or under way; more are not asked
        std::size_t bytes = 64 * 1024 * 1024;    // of these requests, unless it is one alone
    };

    RedisPipeline(core::EventLoop& loop, const RedisAddress& address, Limits limits,
                  OnStarted on_started);

    enum class Again : std::uint8_t {
        yes,
        no
    };  // may be said again when nobody knows if it was done
    void ask(RedisArguments arguments, Again again, OnReply on_reply);
    const StoreSilence& silence() const { return silence_; }

private:
    struct Request {
        RedisArguments arguments;
        std::size_t bytes = 0;
        Again again{};
        OnReply on_reply;
        core::TimePoint deadline;
        bool is_refused = false;  // to be answered with an error when its turn comes
        bool was_sent = false;    // on any connection
    };

    void on_up() override;
    bool on_reply(const redisReply& reply) override;
    void on_down() override;
    void on_refused(const std::string& why) override;

    void on_tick();
    void send(Request& request);
    /// Takes the first request off and answers it.
    void answer_first(const Reply& reply);
    /// Without a reply: it may have been done if it was ever sent.
    void give_up_first();
    void answer_refused();
    void started(core::Result<void, std::string> how);

    const Limits limits_;
    OnStarted on_started_;
    std::deque<Request> requests_;
    std::size_t sent_ = 0;   // the first so many of them are under way
    std::size_t bytes_ = 0;  // of all
    StoreSilence silence_;
    core::Timer tick_;  // runs while there are requests
    RedisConnection connection_;
};

}  // namespace backend
