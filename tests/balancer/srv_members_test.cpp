#include "balancer/srv_members.h"

#include <gtest/gtest.h>

namespace balancer {
namespace {

constexpr const char* kService = "_xmpp-client._tcp.example.org";

dns::SrvRecord record(const std::string& target, std::uint16_t weight = 10,
                      std::uint16_t priority = 0, std::uint16_t port = 5222, bool direct = false) {
    return {.priority = priority,
            .weight = weight,
            .port = port,
            .target = target,
            .direct_tls = direct};
}

conf::Backend address(const std::string& name, const std::string& host) {
    conf::Backend backend;
    backend.name = name;
    backend.host = host;
    return backend;
}

conf::Backend service(const std::string& srv = kService) {
    conf::Backend backend;
    backend.name = backend.srv = srv;
    return backend;
}

conf::Pool pool_of(std::vector<conf::Backend> backends) {
    conf::Pool pool;
    pool.name = "main";
    pool.backends = std::move(backends);
    return pool;
}

KnownServices known(std::vector<dns::SrvRecord> records) {
    return {{kService, {dns::Service::offered, std::move(records)}}};
}

/// "name weight@priority" of each, one after another.
std::string text(const conf::Pool& pool) {
    std::string all;
    for (const conf::Backend& each : pool.backends) {
        EXPECT_TRUE(each.srv.empty());
        if (!all.empty()) all += ", ";
        all += each.name + " " + std::to_string(each.weight) + "@" + std::to_string(each.priority);
    }
    return all;
}

TEST(SrvMembers, StandWhereTheirEntryStands) {
    const conf::Pool pool = pool_of({address("a", "10.0.0.1"), service(), address("z", "z.org")});
    EXPECT_EQ(text(with_services(pool, known({record("m", 10, 5), record("n", 20, 7)}))),
              "a 100@0, m:5222 1000@5, n:5222 2000@7, z 100@0");
}

TEST(SrvMembers, AreNoneUntilDnsHasSaidAny) {
    const conf::Pool pool = pool_of({service(), address("a", "10.0.0.1")});
    EXPECT_EQ(text(with_services(pool, {})), "a 100@0");
    EXPECT_EQ(text(with_services(pool, {{kService, {dns::Service::not_offered, {}}}})), "a 100@0");
    EXPECT_EQ(text(with_services(pool, {{kService, {dns::Service::unknown, {}}}})), "a 100@0");
    EXPECT_EQ(text(with_services(pool_of({service()}), {})), "");
}

TEST(SrvMembers, HaveTheSettingsOfTheirEntry) {
    conf::Pool pool = pool_of({service()});
    conf::Backend& entry = pool.backends[0];
    entry.max_sessions = 7;
    entry.connect_rate = 9;
    entry.on_client_loss = conf::OnClientLoss::reset;
    entry.proxy = conf::ProxyProtocol::v2;
    entry.tls = conf::BackendTls::starttls;
    entry.tls_verify = false;
    const conf::Backend made = with_services(pool, known({record("m")})).backends.at(0);
    EXPECT_EQ(made.host, "m");
    EXPECT_EQ(made.port, 5222);
    EXPECT_EQ(made.max_sessions, 7U);
    EXPECT_EQ(made.connect_rate, 9U);
    EXPECT_EQ(made.on_client_loss, conf::OnClientLoss::reset);
    EXPECT_EQ(made.proxy, conf::ProxyProtocol::v2);
    EXPECT_EQ(made.tls, conf::BackendTls::starttls);
    EXPECT_FALSE(made.tls_verify);
}

TEST(SrvMembers, OfDirectTlsAreBackendsOfTheirOwn) {
    const conf::Pool pool =
        with_services(pool_of({service()}), known({record("m"), record("m", 10, 0, 5222, true)}));
    EXPECT_EQ(text(pool), "m:5222 1000@0, m:5222+tls 1000@0");
    EXPECT_EQ(pool.backends[0].tls, conf::BackendTls::off);
    EXPECT_EQ(pool.backends[1].tls, conf::BackendTls::direct);
}

TEST(SrvMembers, SayTheSameOnlyOnce) {
    conf::Pool pool = pool_of({service(), service("_other._tcp.example.org"), address("own", "m"),
                               address("n:5222", "elsewhere")});
    KnownServices services = known({record("m"), record("o", 10, 1), record("o", 20, 2)});
    services["_other._tcp.example.org"] = {dns::Service::offered, {record("o"), record("n")}};
    EXPECT_EQ(text(with_services(pool, services)), "o:5222 1000@1, own 100@0, n:5222 100@0");
}

TEST(SrvMembers, TakeTheWeightOfTheFileWhenThePoolSaysSo) {
    conf::Pool pool = pool_of({service()});
    pool.srv_weight = conf::SrvWeight::file;
    pool.backends[0].weight = 42;
    EXPECT_EQ(text(with_services(pool, known({record("m", 0), record("n", 7)}))),
              "m:5222 42@0, n:5222 42@0");
}

TEST(SrvMembers, OfWeightZeroHaveASmallChance) {
    EXPECT_EQ(text(with_services(pool_of({service()}), known({record("m", 0), record("n", 5)}))),
              "m:5222 1@0, n:5222 500@0");
    EXPECT_EQ(text(with_services(pool_of({service()}), known({record("m", 0), record("n", 0)}))),
              "m:5222 1@0, n:5222 1@0");
}

TEST(SrvMembers, KeepTheirSharesWhenWeightsAreLarge) {
    EXPECT_EQ(
        text(with_services(pool_of({service()}), known({record("m", 1), record("n", 10'000)}))),
        "m:5222 6@0, n:5222 60000@0");
    EXPECT_EQ(
        text(with_services(pool_of({service()}), known({record("m", 1), record("n", 65'535)}))),
        "m:5222 1@0, n:5222 65535@0");
}

}  // namespace
}  // namespace balancer
