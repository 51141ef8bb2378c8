#include "proxy/pools/service_watch.h"

#include <gtest/gtest.h>

#include "tests/support/dnsmasq.h"
#include "tests/support/run_loop.h"

namespace proxy {
namespace {

using namespace std::chrono_literals;

const std::string kFirst = "_xmpp-client._tcp.a.example";
const std::string kSecond = "_xmpp-client._tcp.b.example";

std::string record(const std::string& service, const std::string& host) {
    return "srv-host=" + service + "," + host + ".example,5222,0,10";
}

class ServiceWatchTest : public testing::Test {
protected:
    ServiceWatchTest() { use(server_.address()); }
    ~ServiceWatchTest() override { watch_.end_discoveries(); }

    void use(const std::string& server) {
        watch_.end_discoveries();
        resolver_ = std::make_unique<dns::SrvResolver>(loop_, dns::Servers{{server}},
                                                       [this] { return now_; });
    }
    void watch(const std::set<std::string>& names) { watch_.watch(*resolver_, names); }
    bool until(const std::function<bool()>& holds) { return test::run_until(loop_, holds); }
    bool until_ready(std::chrono::milliseconds patience = 1h) {
        bool is_ready = false;
        watch_.when_answered(patience, [&] { is_ready = true; });
        EXPECT_FALSE(is_ready);  // from the loop
        return until([&] { return is_ready; });
    }
    std::string hosts(const std::string& service) const {
        const auto at = watch_.known().find(service);
        std::string all;
        if (at == watch_.known().end()) return "unknown";
        for (const auto& record : at->second.records) all += record.target + " ";
        return all;
    }

    core::EventLoop loop_;
    core::TimePoint now_ = core::Clock::now();
    test::Dnsmasq server_{{record(kFirst, "m"), record(kSecond, "n")}};
    std::unique_ptr<dns::SrvResolver> resolver_;
    std::vector<std::string> changed_;
    ServiceWatch watch_{loop_, [this](const std::string& name) { changed_.push_back(name); }};
};

TEST_F(ServiceWatchTest, IsReadyAtOnceWithoutNames) {
    watch({});
    EXPECT_TRUE(until_ready());
    EXPECT_TRUE(watch_.known().empty());
}

TEST_F(ServiceWatchTest, IsReadyWhenEveryNameIsAnswered) {
    watch({kFirst, kSecond, "_xmpp-client._tcp.nobody.example"});
    ASSERT_TRUE(until_ready());
    EXPECT_EQ(hosts(kFirst), "m.example ");
    EXPECT_EQ(hosts(kSecond), "n.example ");
    EXPECT_EQ(changed_.size(), 2U);
    EXPECT_EQ(watch_.problem_of(kFirst), "");
}

TEST_F(ServiceWatchTest, OthersThatWaitAreNotForgotten) {
    watch({kFirst});
    int ready = 0;
    watch_.when_answered(1h, [&] { ++ready; });
    watch_.when_answered(1h, [&] { ++ready; });
    EXPECT_TRUE(until([&] { return ready == 2; }));
}

TEST_F(ServiceWatchTest, NamesThatGoAreForgottenAndReleaseWhoWaits) {
    watch({kFirst});
    ASSERT_TRUE(until_ready());
    server_.stop();
    watch({kFirst, kSecond});
    bool is_ready = false;
    watch_.when_answered(1h, [&] { is_ready = true; });
    watch({kFirst});
    EXPECT_TRUE(until([&] { return is_ready; }));
    EXPECT_EQ(hosts(kFirst), "m.example ");
    watch({});
    EXPECT_EQ(hosts(kFirst), "unknown");
}

TEST_F(ServiceWatchTest, TellsWhatIsOtherThanBefore) {
    watch({kFirst});
    ASSERT_TRUE(until_ready());
    changed_.clear();
    server_.serve({record(kFirst, "o")});
    now_ += 10s;
    ASSERT_TRUE(until([&] { return !changed_.empty(); }));
    EXPECT_EQ(hosts(kFirst), "o.example ");
    EXPECT_EQ(changed_, std::vector<std::string>{kFirst});
}

TEST_F(ServiceWatchTest, AnOutageIsAProblemAndNoChange) {
    watch({kFirst});
    ASSERT_TRUE(until_ready());
    changed_.clear();
    server_.stop();
    now_ += 10s;
    const auto problem = [&] { return watch_.problem_of(kFirst); };
    ASSERT_TRUE(
        until([&] { return !problem().empty() && problem() != to_string(dns::Problem::slow); }));
    EXPECT_EQ(hosts(kFirst), "m.example ");
    EXPECT_TRUE(changed_.empty());
    server_.start();
    now_ += 10s;
    EXPECT_TRUE(until([&] { return problem().empty(); }));
    EXPECT_TRUE(changed_.empty());
}

TEST_F(ServiceWatchTest, AnotherResolverThatFailsTakesNothingAway) {
    watch({kFirst});
    ASSERT_TRUE(until_ready());
    use("127.0.0.1:1");
    watch({kFirst});
    ASSERT_TRUE(until([&] { return !watch_.problem_of(kFirst).empty(); }));
    EXPECT_EQ(hosts(kFirst), "m.example ");
    EXPECT_EQ(changed_.size(), 1U);
}

TEST_F(ServiceWatchTest, AStartWaitsNoLongerThanItsPatience) {
    server_.stop();
    watch({kFirst});
    EXPECT_TRUE(until_ready(1ms));
    EXPECT_EQ(hosts(kFirst), "unknown");
}

}  // namespace
}  // namespace proxy
