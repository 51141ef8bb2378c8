#pragma once
// Where the Redis of an address is right now: host names are resolved, sentinels are asked for
// their master. Loop thread only.

#include <functional>
#include <memory>
#include <string>

#include "backend/store/redis/address.h"
#include "backend/store/redis/link.h"
#include "core/event_loop.h"
#include "core/result.h"

namespace backend {

/// Host name to an address, on a thread of its own, for the system's resolver blocks.
class RedisResolver {
public:
    explicit RedisResolver(core::EventLoop& loop);
    ~RedisResolver();
    using OnResolved = std::function<void(core::Result<core::Endpoint, std::string>)>;
    /// One at a time; comes later, from the loop, unless the resolver is gone by then.
    void resolve(const RedisHost& host, OnResolved on_resolved);

private:
    struct Shared;
    std::shared_ptr<Shared> shared_;
};

/// Why nothing was found.
struct RedisNotFound {
    std::string why;
    bool is_refusal = false;  // somebody was there and does not let us in
};

class RedisFinder final : RedisLink::Listener {
public:
    RedisFinder(core::EventLoop& loop, const RedisAddress& address);

    using OnFound = std::function<void(core::Result<RedisTarget, RedisNotFound>)>;
    /// One at a time; comes later, from the loop. Sentinels are asked one after the other,
    /// beginning with the one that answered last; each gets the password first, if there is one.
    void find(OnFound on_found);
    /// The answer to a find() that is under way does not come any more.
    void cancel();

private:
    void ask_next_sentinel();
    void next_sentinel(std::string_view why);
    /// The next one, but if none answers, this one's word counts.
    void on_refused(std::string_view why);
    std::string name_of_sentinel() const;
    void finish(core::Result<RedisTarget, RedisNotFound> found);

    void on_connected() override;
    void on_reply(const redisReply& reply) override;
    void on_lost(std::string_view why) override;

    core::EventLoop& loop_;
    const RedisAddress& address_;
    OnFound on_found_;
    std::size_t sentinel_ = 0;  // being asked
    std::size_t asked_ = 0;     // so far
    bool is_logging_in_ = false;
    std::string refusal_;  // of the last sentinel that has refused us, in this find()
    RedisResolver resolver_;
    core::Timer timer_;  // bounds a sentinel's answer; or tells what needs no question
    std::unique_ptr<RedisLink> link_;
};

}  // namespace backend
