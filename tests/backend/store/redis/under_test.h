#pragma once
// The Redis engine on a server of its own, which can be aged and disturbed.

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>

#include "backend/store/redis/store.h"
#include "tests/backend/store/store_node.h"
#include "tests/support/redis_server.h"
#include "tests/support/run_loop.h"

namespace test {

inline backend::RedisAddress address_of(const std::string& url) {
    auto address = backend::parse_redis_address(url);
    EXPECT_TRUE(address) << address.error();
    return std::move(address).value();
}

/// On the Redis that the URL names, when it has taken the node in.
inline std::unique_ptr<backend::Store> started(core::EventLoop& loop, const std::string& url,
                                               backend::NodeName name, backend::StoreEvents& events,
                                               backend::RedisPipeline::Limits limits = {}) {
    bool is_started = false;
    auto store = std::make_unique<backend::RedisStore>(
        loop, address_of(url), std::move(name), events,
        [&is_started](core::Result<void, std::string> how) {
            EXPECT_TRUE(how) << how.error();
            is_started = true;
        },
        limits);
    EXPECT_TRUE(run_until(loop, [&] { return is_started; }));
    return store;
}

/// Time passes by moving all that is kept as a time into the past.
inline constexpr const char* kAgeScript = R"lua(
for _, key in ipairs({'stanzanode:expiry', 'stanzanode:lives'}) do
  local all = redis.call('ZRANGE', key, 0, -1)
  for _, member in ipairs(all) do redis.call('ZINCRBY', key, -ARGV[1], member) end
end
local grace = redis.call('PTTL', 'stanzanode:grace')
if grace > 0 then redis.call('PEXPIRE', 'stanzanode:grace', math.max(1, grace - ARGV[1])) end
return 1
)lua";

/// A Redis of its own.
class RedisUnderTest final : public EngineUnderTest {
public:
    std::unique_ptr<backend::Store> attach(core::EventLoop& loop, backend::NodeName name,
                                           backend::StoreEvents& events) override {
        return started(loop, server_.url(), std::move(name), events, limits_);
    }
    void advance(std::chrono::milliseconds time) override {
        EXPECT_EQ(server_.ask({"EVAL", kAgeScript, "0", std::to_string(time.count())}), "1");
    }
    /// In turn: killed and started again, all connections cut, all scripts forgotten.
    void disturb() override {
        switch (disturbed_++ % 3) {
            case 0:
                server_.kill();
                server_.start();
                break;
            case 1: server_.ask({"CLIENT", "KILL", "SKIPME", "yes"}); break;
            default: server_.ask({"SCRIPT", "FLUSH"});
        }
    }
    RedisServer& server() { return server_; }
    void limit(backend::RedisPipeline::Limits limits) { limits_ = limits; }

private:
    RedisServer server_;
    backend::RedisPipeline::Limits limits_;
    int disturbed_ = 0;
};

}  // namespace test
