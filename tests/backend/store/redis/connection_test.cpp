// Aim: a Redis that is not ready yet is waited for; only one that refuses is told to the operator.

#include "backend/store/redis/connection.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/support/fake_backend.h"
#include "tests/support/run_loop.h"

namespace backend {
namespace {

class RedisConnectionTest : public testing::Test, protected RedisConnection::Listener {
protected:
    void on_up() override { is_up_ = true; }
    bool on_reply(const redisReply&) override { return true; }
    void on_down() override {}
    void on_refused(const std::string& why) override { refusals_.push_back(why); }

    /// The first connection hears `answer` to its SELECT, later ones are served.
    void greet_with(const std::string& answer) {
        unsigned tries = 0;
        test::FakeBackend redis(loop_, [&](test::FakeBackend::Peer& peer) {
            if (!peer.has("ROLE") || peer.step++ > 0) return;
            const std::string selected = ++tries == 1 ? answer : "+OK\r\n";
            peer.connection.send(selected + "*3\r\n$6\r\nmaster\r\n:0\r\n*0\r\n");
        });
        RedisAddress address;
        address.hosts = {{"127.0.0.1", redis.address().port()}};
        RedisConnection connection(loop_, address, "requests", {}, *this);
        connection.start();
        EXPECT_TRUE(test::run_until(loop_, [this] { return is_up_; }));
        EXPECT_EQ(tries, 2U);
    }

    core::EventLoop loop_;
    std::vector<std::string> refusals_;
    bool is_up_ = false;
};

TEST_F(RedisConnectionTest, WaitsForOneThatIsNotReadyYet) {
    greet_with("-LOADING Redis is loading the dataset in memory\r\n");
    EXPECT_TRUE(refusals_.empty());
}

TEST_F(RedisConnectionTest, TellsARefusalWhateverItsWords) {
    greet_with("-ERR this is no LOADING dock\r\n");
    ASSERT_EQ(refusals_.size(), 1U);
    EXPECT_NE(refusals_[0].find("no LOADING dock"), std::string::npos);
}

}  // namespace
}  // namespace backend
