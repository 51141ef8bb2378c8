// Aim: what a pool says of its health, routes and backends fits together, and no backend is
// stanzagate itself.

#include <gtest/gtest.h>

#include "conf/check.h"
#include "tests/support/load_text.h"

namespace conf {
namespace {

using namespace test;

const std::string kSrvBackend =
    "[[pool.main.backend]]\nname = \"s\"\nsrv = \"_xmpp-client._tcp.a.example\"\n";

TEST(CheckPools, PoolsHaveBackends) {
    EXPECT_EQ(pool_problems("[pool.main]\nbalance = \"round-robin\"\n"),
              "8:7: error: pool.main: no backend (add [[pool.main.backend]] with address = "
              "\"10.0.0.11:5222\")\n");
}

TEST(CheckPools, BackendNamesAreUniqueInTheirPool) {
    EXPECT_EQ(pool_problems(kBackend +
                            "[[pool.main.backend]]\nname = \"a\"\naddress = \"127.0.0.2:1\"\n"),
              "12:1: error: pool.main.backend \"a\": this name is given twice in the pool (first "
              "on line 8)\n");
}

TEST(CheckPools, BackendsWithOneAddressAreAWarning) {
    EXPECT_EQ(
        pool_problems(kBackend +
                      "[[pool.main.backend]]\nname = \"b\"\naddress = \"127.0.0.1:15222\"\n"),
        "13:1: warning: pool.main.backend \"b\": another backend of the pool has this address "
        "(on line 8; raise its weight instead)\n");
}

TEST(CheckPools, AllWeightsZeroIsAWarning) {
    EXPECT_EQ(pool_problems(kBackend + "weight = 0\n"),
              "8:8: warning: pool.main: every backend has weight 0, so nobody can log in "
              "(give one of them a weight, 100 for instance)\n");
    EXPECT_EQ(
        pool_problems(kBackend + "weight = 0\n[[pool.main.backend]]\naddress = \"127.0.0.2:1\"\n"),
        "");
}

TEST(CheckPools, TheAccountOfTheChecksIsOneOfThePool) {
    const auto found = [](const std::string& account) {
        return pool_problems(kBackend + "[pool.main.health]\naccount = \"" + account + "\"\n");
    };
    EXPECT_EQ(found("probe@example.org"), "");
    EXPECT_EQ(found("Probe@EXAMPLE.ORG."), "");
    EXPECT_EQ(found("probe@b.example"),
              "12:1: error: pool.main.health: the pool serves no [domain.\"b.example\"] (name an "
              "account of a domain that is named for this pool)\n");
    for (const auto* wrong : {"probe", "probe@example.org/x", "@example.org"}) {
        EXPECT_NE(found(wrong).find("is no account (write the bare JID of one that all backends"),
                  std::string::npos)
            << wrong;
    }
}

TEST(CheckPools, ChannelBindingTravelsInVersion2Alone) {
    EXPECT_EQ(pool_problems(kBackend + "proxy = \"v1\"\nchannel_binding = true\n"),
              "12:1: warning: pool.main.backend \"a\": \"channel_binding\" has no effect with "
              "another proxy than \"v2\" (write proxy = \"v2\", or remove it)\n");
    EXPECT_EQ(pool_problems(kBackend + "proxy = \"v2\"\nchannel_binding = true\n"), "");
}

TEST(CheckPools, TheSameCertificateNeedsTls) {
    const std::string same = "channel_binding = \"same-certificate\"\n";
    const std::string problem =
        "11:1: error: pool.main.backend \"a\": \"same-certificate\" needs TLS towards the backend "
        "(write tls = \"starttls\" or \"direct\" and give the server the certificate and key of "
        "cert_dir, or write channel_binding = false)\n";
    EXPECT_EQ(pool_problems(kBackend + same), problem);
    EXPECT_EQ(pool_problems(kBackend + same + "proxy = \"v2\"\n"), problem);
    EXPECT_EQ(pool_problems(kBackend + same + "tls = \"starttls\"\n"), "");
    const std::string unread = pool_problems(kBackend + same + "tls = true\n");
    EXPECT_EQ(unread.find("needs TLS"), std::string::npos) << unread;
    EXPECT_EQ(pool_problems(kBackend + same + "tls = \"direct\"\nproxy = \"v1\"\n"), "");
}

TEST(CheckPools, TlsKeysWithoutTlsAreAWarning) {
    EXPECT_EQ(
        pool_problems(kBackend + "tls_verify = true\n"),
        "11:1: warning: pool.main.backend \"a\": \"tls_verify\" has no effect with tls = \"off\" "
        "(write tls = \"starttls\" or \"direct\", or remove it)\n");
    EXPECT_EQ(pool_problems(kBackend + "tls = \"direct\"\ntls_verify = false\n"), "");
}

TEST(CheckPools, BackendIsNotAListenerOfOurs) {
    EXPECT_EQ(pool_problems("[[pool.main.backend]]\naddress = \"127.0.0.1:5222\"\n"),
              "9:1: error: pool.main.backend \"127.0.0.1:5222\": this is a [[listen]] address of "
              "stanzagate itself "
              "(write the address of the XMPP server)\n");
}

TEST(CheckPools, ServicesAreUniqueInTheirPool) {
    const auto both = [](const std::string& service) {
        return pool_problems(kSrvBackend + "[[pool.main.backend]]\nsrv = \"" + service + "\"\n");
    };
    EXPECT_EQ(both("_xmpp-client._tcp.A.example"),
              "12:1: error: pool.main.backend \"_xmpp-client._tcp.A.example\": this service is "
              "given twice in the pool (first on line 8; \"_xmpp-\" asks for \"_xmpps-\" too)\n");
    EXPECT_NE(both("_xmpps-client._tcp.a.example").find("given twice"), std::string::npos);
    EXPECT_EQ(both("_xmpp-client._tcp.b.example"), "");
}

TEST(CheckPools, WeightsOfDnsAreNotCalledZero) {
    EXPECT_EQ(pool_problems(kBackend + "weight = 0\n" + kSrvBackend), "");
    EXPECT_NE(pool_problems("[pool.main]\nsrv_weight = \"file\"\n" + kSrvBackend + "weight = 0\n")
                  .find("every backend has weight 0"),
              std::string::npos);
}

TEST(CheckPools, WeightsThatNobodyHearsAreAWarning) {
    EXPECT_EQ(pool_problems(kSrvBackend + "weight = 5\n"),
              "11:1: warning: pool.main.backend \"s\": \"weight\" has no effect with srv_weight = "
              "\"dns\" (write srv_weight = \"file\" in the pool, or remove it)\n");
    EXPECT_EQ(pool_problems("[pool.main]\nsrv_weight = \"file\"\n" + kSrvBackend + "weight = 5\n"),
              "");
    EXPECT_EQ(
        pool_problems("[pool.main]\nsrv_weight = \"file\"\n" + kBackend),
        "9:1: warning: pool.main: \"srv_weight\" has no effect: no backend of the pool has an "
        "\"srv\" (remove it)\n");
}

TEST(CheckPools, TlsKeysBesideSrvMayServeDirectTls) {
    EXPECT_EQ(pool_problems(kSrvBackend + "tls_verify = false\n"), "");
}

TEST(CheckPools, FirstEjectionFitsIntoTheLongest) {
    EXPECT_EQ(pool_problems(kBackend + "[pool.main.health]\neject_first = \"10m\"\n"),
              "12:1: error: pool.main.health: eject_first (10m) is longer than eject_longest (5m) "
              "(each ejection doubles the one before, up to eject_longest)\n");
    EXPECT_NE(pool_problems(kBackend + "[pool.main.health]\neject_longest = \"5s\"\n")
                  .find("12:1: error"),
              std::string::npos);
    EXPECT_EQ(pool_problems(kBackend + "[pool.main.health]\neject_first = \"5m\"\n"), "");
}

TEST(CheckPools, CheckThatOutlastsItsIntervalIsAWarning) {
    EXPECT_EQ(pool_problems(kBackend + "[pool.main.health]\nevery = \"1s\"\n"),
              "12:1: warning: pool.main.health: timeout (3s) is longer than every (1s) (a backend "
              "that hangs is found late; make timeout shorter)\n");
    EXPECT_EQ(pool_problems(kBackend + "[pool.main.health]\nevery = \"1s\"\ntimeout = \"1s\"\n"),
              "");
}

TEST(CheckPools, RoutingByUserNeedsChecks) {
    EXPECT_EQ(
        pool_problems(kBackend + "[pool.main.health]\nchecks = false\n"),
        "12:1: warning: pool.main.health: without checks nobody learns which features to offer "
        "before a backend is chosen, so this pool routes by domain (write checks = true, or "
        "route = \"domain\" in the pool)\n");
    EXPECT_EQ(pool_problems("[pool.main]\nroute = \"domain\"\n" + kBackend +
                            "[pool.main.health]\nchecks = false\n"),
              "");
    EXPECT_NE(pool_problems("[pool.main]\nbalance = \"hash-user\"\n" + kBackend +
                            "[pool.main.health]\nchecks = false\n")
                  .find("\"hash-user\" needs them"),
              std::string::npos);
    EXPECT_EQ(
        pool_problems("[pool.main]\nbalance = \"hash-user\"\nroute = \"domain\"\n" + kBackend),
        "10:1: warning: pool.main: no user is known yet with route = \"domain\" (write route "
        "= \"user\", or another balance than \"hash-user\")\n");
}

TEST(CheckPools, HashOfUsersNeedsDomainsThatAreNamed) {
    const std::string pool = "[pool.main]\nbalance = \"hash-user\"\n" + kBackend;
    const std::string any = "[domain.\"*\"]\npool = \"main\"\n";
    const std::string label = "[domain.\"*.example.org\"]\npool = \"main\"\n";
    EXPECT_EQ(problems(kHead + any + label + pool),
              "11:1: warning: pool.main: no user is known yet for domains that a wildcard stands "
              "for: which features to offer before a backend is chosen is learned in a domain's "
              "name (name the domains, or write another balance than \"hash-user\")\n");
    EXPECT_EQ(problems(kHead + kDomain + any + pool), "");
    EXPECT_EQ(problems(kHead + any + kBackend), "");  // without a hash the user is not missed
}

TEST(CheckPools, BackendIsNotReachedThroughAnOpenListener) {
    const auto found = [](const std::string& listen, const std::string& backend) {
        std::string head = kHead;
        head.replace(head.find("127.0.0.1:5222"), 14, listen);
        return problems(head + kDomain + "[[pool.main.backend]]\naddress = \"" + backend + "\"\n");
    };
    const std::string itself = "this is a [[listen]] address of stanzagate itself";
    for (const auto& [listen, backend] :
         {std::pair("0.0.0.0:5222", "127.0.0.1:5222"), std::pair("0.0.0.0:5222", "127.9.9.9:5222"),
          std::pair("0.0.0.0:5222", "localhost"), std::pair("[::]:5222", "[::1]:5222"),
          std::pair("[::]:5222", "127.0.0.1"), std::pair("[::]:5222", "0.0.0.0:5222"),
          std::pair("127.0.0.1:5222", "localhost:5222"),
          std::pair("192.0.2.1:5222", "192.0.2.1")}) {
        EXPECT_NE(found(listen, backend).find(itself), std::string::npos) << listen << backend;
    }
    for (const auto& [listen, backend] :
         {std::pair("0.0.0.0:5222", "127.0.0.1:5223"), std::pair("0.0.0.0:5222", "192.0.2.1:5222"),
          std::pair("0.0.0.0:5222", "[::1]:5222"), std::pair("127.0.0.1:5222", "127.0.0.2:5222")}) {
        EXPECT_EQ(found(listen, backend), "") << listen << backend;
    }
}

/// One warning a pool: classic logins need one home for each user in all proxies.
TEST(CheckPools, SharedResumptionKeysWantOneHomeForEachUser) {
    const std::string second = "[[pool.main.backend]]\naddress = \"127.0.0.2:1\"\n";
    const std::string keys = "[resumption]\nkeys = \"k\"\n";
    const auto is_warned = [&](const std::string& pool) {
        return pool_problems(pool).find("remember users each by itself") != std::string::npos;
    };
    EXPECT_TRUE(is_warned(kBackend + second + keys));
    EXPECT_FALSE(is_warned(kBackend + second)) << "no keys are shared";
    EXPECT_FALSE(is_warned(kBackend + keys)) << "there is but one";
    EXPECT_FALSE(is_warned("[pool.main]\nbalance = \"hash-user\"\n" + kBackend + second + keys));
    EXPECT_FALSE(is_warned("[pool.main]\nresume_anywhere = true\n" + kBackend + second + keys));
}

}  // namespace
}  // namespace conf
