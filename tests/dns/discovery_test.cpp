#include "dns/discovery.h"

#include <gtest/gtest.h>

#include <optional>
#include <string_view>
#include <vector>

#include "tests/support/dns_message.h"
#include "tests/support/dnsmasq.h"
#include "tests/support/run_loop.h"
#include "tests/support/udp_name_server.h"

namespace {

using namespace std::chrono_literals;

const std::string kName = "_xmpp-client._tcp.example";
const std::string kDirectName = "_xmpps-client._tcp.example";

class DiscoveryTest : public testing::Test {
protected:
    void discover(const std::string& server, const std::string& name = kName) {
        resolver.emplace(loop, dns::Servers{{server}}, [this] { return now; });
        discovery.emplace(
            loop, *resolver, name, [this](const dns::Discovered& what) { told.push_back(what); },
            5ms);
    }
    bool wait_for(std::size_t changes) {
        return test::run_until(loop, [&] { return told.size() >= changes; });
    }

    core::EventLoop loop;
    core::TimePoint now = core::Clock::now();
    std::vector<dns::Discovered> told;
    std::optional<dns::SrvResolver> resolver;
    std::optional<dns::Discovery> discovery;
};

TEST_F(DiscoveryTest, JoinsBothServicesOfADomain) {
    const test::Dnsmasq server({"srv-host=" + kName + ",a.example,5222,10,1",
                                "srv-host=" + kDirectName + ",b.example,5223,5,1"});
    discover(server.address());
    ASSERT_TRUE(wait_for(1));
    EXPECT_EQ(told[0].problem, std::nullopt);
    EXPECT_EQ(told[0].set.records,
              (std::vector<dns::SrvRecord>{{5, 1, 5223, "b.example", true},
                                           {10, 1, 5222, "a.example", false}}));
}

TEST_F(DiscoveryTest, ADirectServiceAloneIsMarked) {
    const test::Dnsmasq server({"srv-host=" + kDirectName + ",b.example,5223,5,1"});
    discover(server.address(), kDirectName);
    ASSERT_TRUE(wait_for(1));
    ASSERT_EQ(told[0].set.records.size(), 1u);
    EXPECT_TRUE(told[0].set.records[0].direct_tls);
}

TEST_F(DiscoveryTest, ADeadServerKeepsTheRecords) {
    test::Dnsmasq server({"srv-host=" + kName + ",a.example,5222,10,1"});
    discover(server.address());
    ASSERT_TRUE(wait_for(1));
    server.stop();
    now += dns::kTtlFloor;
    ASSERT_TRUE(wait_for(2));
    EXPECT_EQ(told.back().set, told[0].set);
    EXPECT_TRUE(told.back().problem.has_value());
}

TEST_F(DiscoveryTest, WithoutDnsFromTheBeginningItSaysWhy) {
    test::Dnsmasq server({});
    server.stop();
    discover(server.address());
    ASSERT_TRUE(wait_for(1));
    EXPECT_EQ(told[0].set.service, dns::Service::unknown);
    EXPECT_TRUE(told[0].problem.has_value());
}

/// Replies with one target to the first service, and with no record to the second.
test::UdpNameServer::Reply target(std::string host) {
    return [host = std::move(host)](std::string_view question) {
        const bool is_direct = question.find("_xmpps") != question.npos;
        test::DnsMessage message(is_direct ? kDirectName : kName);
        if (!is_direct) message.service(test::dns_pointer(12), 60, 1, 1, 5222, host);
        return std::string(question.substr(0, 2)) + message.bytes().substr(2);
    };
}

TEST_F(DiscoveryTest, TellsAChangeOnceItsTtlIsOver) {
    test::UdpNameServer server(loop, target("a.example"));
    discover(server.address());
    ASSERT_TRUE(wait_for(1));
    server.set_reply(target("b.example"));
    const int asked = server.questions();
    bool has_ticked = false;
    core::Timer some_ticks(loop, [&] { has_ticked = true; });
    some_ticks.start(30ms);
    ASSERT_TRUE(test::run_until(loop, [&] { return has_ticked; }));
    EXPECT_EQ(server.questions(), asked) << "asked before the TTL was over";
    EXPECT_EQ(told.size(), 1u) << "told without a change";

    now += 60s;
    ASSERT_TRUE(wait_for(2));
    ASSERT_EQ(told[1].set.records.size(), 1u);
    EXPECT_EQ(told[1].set.records[0].target, "b.example");
}

TEST_F(DiscoveryTest, MayBeDestroyedWhileItAsks) {
    test::UdpNameServer silent(loop, [](std::string_view) { return std::string(); });
    discover(silent.address());
    ASSERT_TRUE(test::run_until(loop, [&] { return silent.questions() > 0; }));
    discovery.reset();
    resolver.reset();
    for (int i = 0; i < 5; ++i) loop.run_once();
    EXPECT_TRUE(told.empty());
}

}  // namespace
