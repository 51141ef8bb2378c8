#pragma once
// A connection to Redis that comes back: found, connected, greeted (log in, choose the database,
// see that it is a master that keeps what it is given), and after a loss the same again, after a
// pause that grows and differs from node to node. Loop thread only.

#include <deque>
#include <functional>
#include <memory>
#include <random>
#include <string>

#include "backend/store/redis/address.h"
#include "backend/store/redis/finder.h"
#include "backend/store/redis/greeting.h"
#include "backend/store/redis/link.h"
#include "core/event_loop.h"

namespace backend {

class RedisConnection final : RedisLink::Listener {
public:
    class Listener {
    public:
        /// send() goes from now on.
        virtual void on_up() = 0;
        /// To each send() in order; or a message of a channel. False: this server is of no use any
        /// more (it said why); the connection is made anew.
        virtual bool on_reply(const redisReply& reply) = 0;
        /// No answers to what was sent; another on_up() may come.
        virtual void on_down() = 0;
        /// This server must not be used, as an operator reads it. It is tried again all the same.
        virtual void on_refused(const std::string& why) = 0;

    protected:
        ~Listener() = default;
    };

    /// `purpose` is for logs. `greeting` is said, and its answers awaited, before on_up().
    RedisConnection(core::EventLoop& loop, const RedisAddress& address, std::string_view purpose,
                    std::vector<RedisQuestion> greeting, Listener& listener);

    void start();
    bool is_up() const { return state_ == State::up; }
    void send(const RedisArguments& arguments) { link_->send(arguments); }
    /// Drops the connection, if any, and makes a new one.
    void renew(std::string_view why);

    /// A greeting that is not answered in time loses the connection.
    static constexpr std::chrono::milliseconds kGreetingTime{3'000};

private:
    // away --find--> finding --found--> connecting --connected--> greeting --all answered--> up
    //   \______________________________________________________________________________ lost
    enum class State : std::uint8_t { away, finding, connecting, greeting, up };
    void find();
    void on_not_found(const RedisNotFound& how);
    void ask(const RedisQuestion& question);
    void on_greeting(const redisReply& reply);
    void on_timer();
    void retry(std::string_view why);
    /// How long to be away before the next try.
    std::chrono::milliseconds pause();

    void on_connected() override;
    void on_reply(const redisReply& reply) override;
    void on_lost(std::string_view why) override;

    core::EventLoop& loop_;
    const RedisAddress& address_;
    const std::string purpose_;
    const std::vector<RedisQuestion> greeting_;
    Listener& listener_;
    State state_ = State::away;
    unsigned failures_ = 0;  // since it was up
    std::minstd_rand random_;
    std::deque<std::function<std::string(const redisReply&)>> judges_;
    core::Timer timer_;
    RedisFinder finder_;
    std::unique_ptr<RedisLink> link_;
};

}  // namespace backend
