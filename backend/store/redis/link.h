#pragma once
// One connection to a Redis server: hiredis on the loop, requests pipelined, answers in order. It
// connects once and is lost once; store/redis/connection makes the next one. Loop thread only.

#include <hiredis/async.h>

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "backend/store/redis/address.h"
#include "core/endpoint.h"
#include "core/event_loop.h"
#include "core/timer.h"

namespace backend {

using RedisArguments = std::vector<std::string>;
/// Where a server listens: an address, or the path of a unix socket.
using RedisTarget = std::variant<core::Endpoint, std::string>;

class RedisLink {
public:
    /// May destroy the link from within each call.
    class Listener {
    public:
        virtual void on_connected() = 0;
        /// An answer, or a message of a channel.
        virtual void on_reply(const redisReply& reply) = 0;
        /// Last call: not connected, or not any more. What was not answered may have been done.
        virtual void on_lost(std::string_view why) = 0;

    protected:
        ~Listener() = default;
    };

    /// The first call of the listener comes later, from the loop.
    RedisLink(core::EventLoop& loop, const RedisTarget& target, Listener& listener);
    ~RedisLink();
    RedisLink(const RedisLink&) = delete;
    RedisLink& operator=(const RedisLink&) = delete;

    /// Written when the loop comes round, together with all else of this turn.
    void send(const RedisArguments& arguments);
    /// AUTH, of Redis' default user if `user` is empty. The password goes to hiredis from where it
    /// stands.
    void log_in(std::string_view user, const RedisPassword& password);

    static constexpr std::chrono::milliseconds kConnectTime{3'000};

private:
    /// Joins hiredis to the loop; freed by hiredis' cleanup hook.
    struct Adapter {
        core::Event read;
        core::Event write;
    };
    /// Views of one command's words, as hiredis wants them.
    struct Words {
        std::vector<const char*> texts;
        std::vector<std::size_t> sizes;
        void add(std::string_view word) {
            texts.push_back(word.data());
            sizes.push_back(word.size());
        }
    };
    void send(Words& words);
    static bool attach(core::EventLoop& loop, redisAsyncContext& context);
    static RedisLink* of(const redisAsyncContext* context);

    void on_timer();
    /// The context is hiredis' own again: it is freed after this.
    void lose(std::string why);

    Listener& listener_;
    core::Timer timer_;  // until connected; or to tell a failure later
    std::string failed_at_once_;
    redisAsyncContext* context_ = nullptr;
};

}  // namespace backend
