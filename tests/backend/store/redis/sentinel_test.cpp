// Aim: sentinels that want a password are given theirs, and nobody else's; one that refuses it is
// passed over, and if nobody is left, the operator hears why.
#include <filesystem>
#include <fstream>
#include <optional>

#include "backend/process/ask_store.h"
#include "backend/store/redis/password.h"
#include "tests/backend/store/redis/under_test.h"
#include "tests/support/temp_dir.h"

using namespace backend;

namespace {

constexpr auto kName = "mymaster";

/// A master that wants a password of its own, and sentinels that know it.
class RedisSentinels : public testing::Test {
protected:
    static test::RedisServer::Lines lines(const test::RedisServer& master,
                                          const std::string& password) {
        test::RedisServer::Lines lines{
            std::string("sentinel monitor ") + kName + " " + master.host() + " 6379 1",
            std::string("sentinel auth-pass ") + kName + " of-the-master"};
        if (!password.empty()) lines.push_back("requirepass " + password);
        return lines;
    }
    std::string write(const std::string& name, const std::string& password) const {
        std::ofstream(folder_.file(name)) << password << '\n';
        return name;
    }
    /// What a node is told that uses these sentinels with this password: nothing, if it has got
    /// through to the master.
    std::string told(const std::string& sentinels, const std::string& password) {
        std::string url = "redis+sentinel://" + sentinels + "/" + kName +
                          "?password_file=" + write("master", "of-the-master");
        if (!password.empty()) url += "&sentinel_password_file=" + write("sentinel", password);
        const auto address = with_password(test::address_of(url), folder_.path());
        EXPECT_TRUE(address) << address.error();
        core::EventLoop loop;
        std::optional<core::Result<void, std::string>> how;
        NoEvents events;
        RedisStore store(loop, *address, NodeName("a"), events,
                         [&](core::Result<void, std::string> said) { how = std::move(said); });
        EXPECT_TRUE(test::run_until(loop, [&] { return how.has_value(); }));
        return how && !*how ? how->error() : "";
    }

    const test::TempDir folder_;
    const test::RedisServer master_{{"requirepass of-the-master"}};
    const test::RedisServer locked_{lines(master_, "of-the-sentinel"), true};
};

TEST_F(RedisSentinels, AreGivenTheirOwnPassword) {
    EXPECT_EQ(told(locked_.address(), "of-the-sentinel"), "");
}

TEST_F(RedisSentinels, WithoutAPasswordAreGivenNone) {
    const test::RedisServer open(lines(master_, ""), true);
    EXPECT_EQ(told(open.address(), ""), "");
}

TEST_F(RedisSentinels, ThatRefuseThePasswordArePassedOver) {
    const test::RedisServer other(lines(master_, "another"), true);
    EXPECT_EQ(told(other.address() + "," + locked_.address(), "of-the-sentinel"), "");
}

TEST_F(RedisSentinels, ThatAllRefuseAreToldToTheOperatorWithoutThePassword) {
    const std::string start = std::string("redis master ") + kName + " of the sentinels at " +
                              locked_.address() + " and others cannot be found: the sentinel at " +
                              locked_.address();
    // The word of one that is there counts more than the silence of one that is not.
    const std::string both = locked_.address() + ",127.0.0.1:1";
    EXPECT_EQ(told(both, "guessed"),
              start + " does not accept the password in sentinel_password_file");
    EXPECT_EQ(told(both, ""),
              start + " wants a password: name its file, as in \"?sentinel_password_file=PATH\"");
}

TEST_F(RedisSentinels, PasswordFileThatIsNotThereIsNamed) {
    const auto address = with_password(
        test::address_of("redis+sentinel://h/m?sentinel_password_file=gone"), folder_.path());
    ASSERT_FALSE(address);
    EXPECT_EQ(address.error().find(folder_.file("gone") + " cannot be read: "), 0U)
        << address.error();
}

}  // namespace
