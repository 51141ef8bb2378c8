// Aim: members come from SRV records and go with them, and an outage of DNS changes nothing.

#include "proxy/pools/pool_control.h"

#include <gtest/gtest.h>

#include "tests/proxy/pools/pool_control_scene.h"
#include "tests/support/dnsmasq.h"

namespace proxy {
namespace {

using namespace std::chrono_literals;
using balancer::AdminState;
using State = balancer::HealthMachine::State;

class PoolControlWithDns : public PoolControlTest {
protected:
    static constexpr const char* kService = "_xmpp-client._tcp.c.example";

    void use(const test::Dnsmasq& server) {
        config_.dns.servers = {*core::Endpoint::parse(server.address())};
        main().backends = {backend_of("a")};
        main().backends.push_back(backend_of(kService));
        main().backends.back().srv = kService;
    }
    static std::string record(const std::string& host, int priority = 0, int weight = 10,
                              const std::string& service = kService) {
        return "srv-host=" + service + "," + host + ".example,5222," + std::to_string(priority) +
               "," + std::to_string(weight);
    }
};

TEST_F(PoolControlWithDns, MembersComeAndGoWithTheirRecords) {
    test::Dnsmasq server({record("m", 0, 10), record("n", 3, 20)});
    use(server);
    adopt();
    EXPECT_EQ(names(), "a");
    bool is_ready = false;
    control_.when_discovered(1h, [&] { is_ready = true; });
    ASSERT_TRUE(until([&] { return is_ready; }));
    ASSERT_EQ(names(), "a m.example:5222 n.example:5222");
    EXPECT_EQ(pool().members()[2].priority, 3U);
    EXPECT_EQ(status(1).file_weight, 1000U);
    EXPECT_EQ(control_.status().at(0).services.at(0).records, 2U);
    ASSERT_TRUE(until([&] { return are_up(); }));

    const balancer::BackendId n = pool().members()[2].id;
    loads_.count_login(1, n);
    ASSERT_TRUE(control_.set_admin_state("main", "n.example:5222", AdminState::drain).has_value());
    server.serve({record("n", 3, 20), record("o")});
    dns_time_ += 10s;
    ASSERT_TRUE(until([&] { return names() == "a o.example:5222 n.example:5222"; }));
    EXPECT_EQ(pool().members()[2].id, n);
    EXPECT_EQ(status(2).admin, AdminState::drain);
    EXPECT_EQ(status(2).health, State::up);
    EXPECT_EQ(status(2).logins, 1U);
    ASSERT_TRUE(until([&] { return are_up(); }));
}

TEST_F(PoolControlWithDns, WhatTheOperatorHadSetWaitsForItsMember) {
    test::Dnsmasq server({record("m", 0, 10)});
    use(server);
    const LiveMember drained{"main", "m.example:5222", AdminState::drain, 1000, 1000, true};
    const LiveMember gone{"main", "n.example:5222", AdminState::drain, 1000, 1000, true};
    control_.restore({drained, gone});
    adopt();
    // Kept, for DNS has not been heard yet.
    EXPECT_EQ(control_.live(), (std::vector<LiveMember>{drained, gone}));
    ASSERT_TRUE(until([&] { return names() == "a m.example:5222"; }));
    EXPECT_EQ(status(1).admin, AdminState::drain);
    ASSERT_EQ(control_.live().size(), 1U);
    EXPECT_EQ(control_.live()[0].backend, "m.example:5222");
    EXPECT_TRUE(control_.live()[0].is_from_dns);
}

TEST_F(PoolControlWithDns, AnOutageOfDnsChangesNothing) {
    test::Dnsmasq server({record("m")});
    use(server);
    adopt();
    ASSERT_TRUE(until([&] { return names() == "a m.example:5222" && are_up(); }));
    server.stop();
    dns_time_ += 10s;
    const auto problem = [&] { return control_.status().at(0).services.at(0).problem; };
    ASSERT_TRUE(
        until([&] { return !problem().empty() && problem() != to_string(dns::Problem::slow); }));
    EXPECT_EQ(names(), "a m.example:5222");
    // Not even when another server is asked in vain.
    config_.dns.servers = {*core::Endpoint::parse("127.0.0.1:1")};
    adopt();
    bool is_ready = false;
    control_.when_discovered(1h, [&] { is_ready = true; });
    ASSERT_TRUE(until([&] { return is_ready; }));
    EXPECT_EQ(names(), "a m.example:5222");
    EXPECT_TRUE(are_up());
}

TEST_F(PoolControlWithDns, AStartWaitsForDnsNoLongerThanItsPatience) {
    test::Dnsmasq server({});
    use(server);
    server.stop();
    adopt();
    bool is_ready = false;
    control_.when_discovered(1ms, [&] { is_ready = true; });
    ASSERT_TRUE(until([&] { return is_ready; }));
    EXPECT_EQ(names(), "a");
}

}  // namespace
}  // namespace proxy
