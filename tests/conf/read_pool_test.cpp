// Aim: the shape of a pool, its health and its backends, whichever order the file has them in.

#include "conf/read_pool.h"

#include <gtest/gtest.h>

#include "conf/toml11_reader.h"
#include "tests/support/load_text.h"

namespace conf {
namespace {

using namespace std::chrono_literals;
using namespace test;

const std::string kSrv = "_xmpp-client._tcp.core.example.org";

Pool read(const std::string& pool) {
    return loaded(kHead + kDomain + pool).pools.at(0);
}

/// A pool of one backend with these lines.
std::string backend(const std::string& lines) {
    return pool_problems("[[pool.main.backend]]\n" + lines);
}

const std::string kHealth = R"([pool.main.health]
checks = false
every = "100ms"
timeout = "50ms"
jitter = 0
rise = 1
fall = 100
passive_failures = 0
passive_window = "1m"
eject_first = "1s"
eject_longest = "1h"
slow_start = "0s"
flap_window = "20m"
account = "Probe@Example.org"
)";
const Health kHealthRead{.checks = false,
                         .every = 100ms,
                         .timeout = 50ms,
                         .jitter = 0,
                         .rise = 1,
                         .fall = 100,
                         .passive_failures = 0,
                         .passive_window = 1min,
                         .eject_first = 1s,
                         .eject_longest = 1h,
                         .slow_start = 0ms,
                         .flap_window = 20min,
                         .account = "probe@example.org"};

TEST(ReadPool, ChannelBindingIsATruthValueOrAWord) {
    const auto binding = [](const std::string& value) {
        return read("[pool.main]\n" + kNamelessBackend +
                    "proxy = \"v2\"\ntls = \"direct\"\nchannel_binding = " + value + "\n")
            .backends.at(0)
            .channel_binding;
    };
    EXPECT_EQ(binding("false"), ChannelBinding::none);
    EXPECT_EQ(binding("true"), ChannelBinding::told);
    EXPECT_EQ(binding("\"same-certificate\""), ChannelBinding::same_certificate);
    const auto problem = [](const std::string& value) {
        return backend("address = \"127.0.0.1:1\"\nchannel_binding = " + value + "\n");
    };
    for (const char* value : {"\"same_certificate\"", "same-certificate"}) {
        EXPECT_NE(problem(value).find("(write channel_binding = \"same-certificate\")"),
                  std::string::npos)
            << problem(value);
    }
    for (const char* value : {"\"true\"", "yes", "1"})
        EXPECT_NE(problem(value).find("(write channel_binding = true)"), std::string::npos)
            << problem(value);
}

TEST(ReadPool, ReadsEveryKeyOfThePool) {
    const Pool pool = read(
        "[pool.main]\nbalance = \"hash-ip\"\nroute = \"domain\"\nsrv_weight = \"file\"\npanic = 0\n"
        "resume_anywhere = true\n"
        "together = true\nlogin_rate = 90\n"
        "connect_timeout = \"1s\"\nanswer_timeout = \"2s\"\nhedge = false\n" +
        kNamelessBackend + "priority = 7\nconnect_rate = 50\non_client_loss = \"reset\"\n");
    EXPECT_EQ(pool.balance, Balance::hash_ip);
    EXPECT_EQ(pool.route, RouteBy::domain);
    EXPECT_EQ(pool.srv_weight, SrvWeight::file);
    EXPECT_EQ(pool.panic, 0U);
    EXPECT_EQ(pool.login_rate, 90U);
    EXPECT_EQ(pool.connect_timeout, 1s);
    EXPECT_EQ(pool.answer_timeout, 2s);
    EXPECT_EQ(pool.backends.at(0).priority, 7U);
    EXPECT_EQ(pool.backends.at(0).connect_rate, 50U);
    EXPECT_TRUE(pool.resume_anywhere);
    EXPECT_TRUE(pool.together);
    EXPECT_FALSE(pool.hedge);
    EXPECT_EQ(pool.backends.at(0).on_client_loss, OnClientLoss::reset);
    EXPECT_EQ(pool.health, Health{});
    const Pool other =
        read("[pool.main]\nbalance = \"hash-user\"\nroute = \"user\"\nsrv_weight = \"dns\"\n" +
             kNamelessBackend);
    EXPECT_EQ(other.balance, Balance::hash_user);
    EXPECT_EQ(other.route, RouteBy::user);
    EXPECT_EQ(other.srv_weight, SrvWeight::dns);
}

TEST(ReadPool, HealthStandsBeforeOrBehindTheBackends) {
    EXPECT_EQ(read(kHealth + kNamelessBackend).health, kHealthRead);
    EXPECT_EQ(read(kNamelessBackend + kHealth).health, kHealthRead);
    EXPECT_EQ(read("[pool.main]\npanic = 1\n" + kHealth + kNamelessBackend).health, kHealthRead);
    EXPECT_EQ(read("[pool.main]\npanic = 1\n" + kNamelessBackend + kHealth).health, kHealthRead);
    EXPECT_EQ(read("[pool.main]\nhealth = { fall = 7 }\n" + kNamelessBackend).health.fall, 7U);
    EXPECT_EQ(read("[pool.main]\nhealth.fall = 7\n" + kNamelessBackend).health.fall, 7U);
}

TEST(ReadPool, PoolBehindItsPartsIsToldWhereToStand) {
    // TOML allows it, and so does toml11 4.
    const bool is_refused = toml_library().starts_with("toml11 3.");
    EXPECT_EQ(pool_problems(kNamelessBackend + "[pool.main]\npanic = 1\n"),
              is_refused ? "10:1: error: this table is given twice (write it above line 8)\n" : "");
    EXPECT_EQ(read(kHealth + "[pool.main]\npanic = 1\n" + kNamelessBackend).health, kHealthRead);
}

TEST(ReadPool, HealthHasRanges) {
    const auto found = [](const std::string& line) {
        return pool_problems(kNamelessBackend + "[pool.main.health]\n" + line + "\n");
    };
    EXPECT_EQ(found("every = \"50ms\""),
              "11:9: error: pool.main.health: \"every\" is out of range (write a time from "
              "\"100ms\" to \"10m\")\n");
    EXPECT_NE(found("timeout = \"2m\"").find("from \"50ms\" to \"1m\""), std::string::npos);
    EXPECT_NE(found("jitter = 51").find("a number from 0 to 50"), std::string::npos);
    EXPECT_NE(found("rise = 0").find("a number from 1 to 100"), std::string::npos);
    EXPECT_NE(found("fall = 101").find("a number from 1 to 100"), std::string::npos);
    EXPECT_NE(found("passive_failures = 1001").find("a number from 0 to 1000"), std::string::npos);
    EXPECT_NE(found("eject_first = \"0s\"").find("is out of range"), std::string::npos);
    EXPECT_NE(found("slow_start = 0").find("\"slow_start\" needs a unit (write \"0s\")"),
              std::string::npos);
    EXPECT_NE(found("interval = \"5s\"").find("unknown key \"interval\""), std::string::npos);
    EXPECT_NE(pool_problems("[pool.main]\npanic = 101\n" + kNamelessBackend)
                  .find("a number from 0 to 100"),
              std::string::npos);
    EXPECT_NE(pool_problems("[pool.main]\nhealth = true\n" + kNamelessBackend)
                  .find("\"health\" must be a table, not true or false (write [pool.main.health]"),
              std::string::npos);
}

TEST(ReadPool, WordsNameTheNearOne) {
    EXPECT_EQ(pool_problems("[pool.main]\nbalance = \"hash_user\"\n" + kNamelessBackend),
              "9:11: error: pool.main: unknown \"balance\" \"hash_user\" (did you mean "
              "\"hash-user\"? write one of \"least-sessions\", \"round-robin\", \"random-two\", "
              "\"hash-user\", \"hash-ip\")\n");
    EXPECT_NE(pool_problems("[pool.main]\nroute = \"jid\"\n" + kNamelessBackend)
                  .find("unknown \"route\" \"jid\" (write one of \"user\", \"domain\")"),
              std::string::npos);
}

TEST(ReadBackend, SrvStandsForAllThatDnsNames) {
    const Pool pool = read(
        "[[pool.main.backend]]\nsrv = \"_XMPP-Client._TCP.B\xC3\xBC"
        "cher.Example.\"\nweight = 5\nmax_sessions = 10\ntls = \"starttls\"\n" +
        kNamelessBackend + "[[pool.main.backend]]\nname = \"core\"\nsrv = \"" + kSrv + "\"\n");
    ASSERT_EQ(pool.backends.size(), 3U);
    EXPECT_EQ(pool.backends[0].srv, "_xmpp-client._tcp.xn--bcher-kva.example");
    EXPECT_EQ(pool.backends[0].host, "");
    EXPECT_EQ(pool.backends[0].weight, 5U);
    EXPECT_EQ(pool.backends[0].name,
              "_XMPP-Client._TCP.B\xC3\xBC"
              "cher.Example.");
    EXPECT_EQ(pool.backends[1].host, "127.0.0.1");
    EXPECT_EQ(pool.backends[1].srv, "");
    EXPECT_EQ(pool.backends[2], (Backend{.name = "core", .srv = kSrv}));
}

TEST(ReadBackend, IsAnAddressOrASrvAndNeverBoth) {
    EXPECT_EQ(backend("name = \"a\"\n"),
              "8:1: error: pool.main.backend \"a\": \"address\" is missing (write address = "
              "\"10.0.0.11:5222\", or srv = \"_xmpp-client._tcp.example.org\")\n");
    EXPECT_EQ(backend("name = \"a\"\naddress = \"127.0.0.2\"\nsrv = \"" + kSrv + "\"\n"),
              "11:7: error: pool.main.backend \"a\": a backend has an \"address\" or an \"srv\", "
              "not both (write [[pool.main.backend]] twice, one with each)\n");
    EXPECT_EQ(backend("srv = 5222\n"),
              "9:7: error: pool.main.backend[0]: \"srv\" must be text, not a whole number (write "
              "srv = \"_xmpp-client._tcp.example.org\")\n");
}

TEST(ReadBackend, WrongSrvNamesAreToldWhatToWrite) {
    const auto found = [](const std::string& name) { return backend("srv = \"" + name + "\"\n"); };
    EXPECT_EQ(found("Core.example.org"),
              "9:7: error: pool.main.backend \"Core.example.org\": \"Core.example.org\" is no name "
              "of SRV records (write \"_xmpp-client._tcp.core.example.org\")\n");
    EXPECT_NE(found("core.example.org:5222").find("(write \"_xmpp-client._tcp.core.example.org\")"),
              std::string::npos);
    EXPECT_NE(found(kSrv + ":5222").find("the port stands in the SRV records (write \"" + kSrv),
              std::string::npos);
    for (const std::string wrong :
         {"_xmpp-client._udp.example.org", "_xmpp-client.example.org", "_._tcp.example.org",
          "_xmpp-client._tcp", "_xmpp-client._tcp.", "_xmpp-client._tcp.127.0.0.1",
          "_xmpp-client._tcp.a b", "_xmpp client._tcp.a", "_tcp.example.org", "", "127.0.0.1"}) {
        EXPECT_NE(found(wrong).find("is no name of SRV records (write \"_xmpp-client._tcp.example."
                                    "org\", or address = \"HOST:PORT\")"),
                  std::string::npos)
            << wrong << "\n"
            << found(wrong);
    }
    EXPECT_NE(backend("address = \"" + kSrv + "\"\n")
                  .find("names SRV records (write srv = \"" + kSrv + "\")"),
              std::string::npos);
}

TEST(ReadBackend, PriorityBesideSrvIsAnError) {
    EXPECT_EQ(backend("name = \"a\"\nsrv = \"" + kSrv + "\"\npriority = 1\n"),
              "11:12: error: pool.main.backend \"a\": \"priority\" beside \"srv\" would not be "
              "heard (remove it; the SRV records say it)\n");
    EXPECT_NE(backend("address = \"127.0.0.2\"\npriority = 65536\n").find("from 0 to 65535"),
              std::string::npos);
    EXPECT_NE(backend("address = \"127.0.0.2\"\nconnect_rate = -1\n").find("from 0 to 1000000"),
              std::string::npos);
}

}  // namespace
}  // namespace conf
