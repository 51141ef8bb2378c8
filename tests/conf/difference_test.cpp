// Aim: a reload says what it changes, all of it, and what only a restart could.

#include "conf/difference.h"

#include <gtest/gtest.h>

#include <functional>

namespace conf {
namespace {

using namespace std::chrono_literals;
using Lines = std::vector<std::string>;

Config sample() {
    Config config;
    config.file = "/etc/sg.toml";
    config.tls.cert_dir = "/etc/certs";
    config.listen = {{*core::Endpoint::parse("0.0.0.0:5222"), ListenKind::c2s, 4096}};
    config.domains = {{"example.org", "main"}};
    Pool& pool = config.pools.emplace_back();
    pool.name = "main";
    pool.backends = {{.name = "a", .host = "10.0.0.11"},
                     {.name = "s", .srv = "_xmpp-client._tcp.example.org"}};
    config.web.forwards = {{.path = "/upload/", .pool = "main", .port = 5280}};
    return config;
}

// --- each field in turn
//
// Structured bindings count: a struct with one field more does not compile here, and whoever adds
// the field to this list learns from the test whether the difference has it.

using Visit = std::function<void(const std::function<void()>& change)>;

template <class T>
void each(T& value, const Visit& visit) {
    if constexpr (std::is_same_v<T, bool>) {
        visit([&] { value = !value; });
    } else if constexpr (std::is_enum_v<T>) {
        visit([&] { value = static_cast<T>(value == T{} ? 1 : 0); });
    } else {
        visit([&] { value += T{1}; });
    }
}
void each(std::string& value, const Visit& visit) {
    visit([&] { value += "x"; });
}
void each(std::filesystem::path& value, const Visit& visit) {
    visit([&] { value += "x"; });
}
void each(core::Endpoint& value, const Visit& visit) {
    visit([&] { value = value.with_port(static_cast<std::uint16_t>(value.port() + 1)); });
}
void each(std::vector<core::AddressBlock>& values, const Visit& visit) {
    visit([&] { values.push_back(*core::AddressBlock::parse("192.0.2.0/24")); });
}
void each(std::optional<std::uint32_t>& value, const Visit& visit) {
    visit([&] { value = value.value_or(0) + 1; });
}
void each(Tls& value, const Visit& visit);
void each(Listen& value, const Visit& visit);
void each(Domain& value, const Visit& visit);
void each(Backend& value, const Visit& visit);
void each(Health& value, const Visit& visit);
void each(Pool& value, const Visit& visit);
void each(Limits& value, const Visit& visit);
void each(AddressLimits& value, const Visit& visit);
void each(RateLimits& value, const Visit& visit);
void each(Web& value, const Visit& visit);
void each(WebForward& value, const Visit& visit);
void each(Log& value, const Visit& visit);
void each(Worker& value, const Visit& visit);
void each(Dns& value, const Visit& visit);
void each(Resumption& value, const Visit& visit);
void each(Upgrade& value, const Visit& visit);
void each(Shutdown& value, const Visit& visit);
void each(Admin& value, const Visit& visit);

template <class T>
void each(std::vector<T>& values, const Visit& visit) {
    for (T& value : values) each(value, visit);
    visit([&] { values.emplace_back(); });
    if (!values.empty()) visit([&] { values.pop_back(); });
}
template <class... Ts>
void all(const Visit& visit, Ts&... fields) {
    (each(fields, visit), ...);
}

void each(Tls& value, const Visit& visit) {
    auto& [a, b, c, d, e, f] = value;
    all(visit, a, b, c, d, e, f);
}
void each(Listen& value, const Visit& visit) {
    auto& [a, b, c, d, e, f] = value;
    all(visit, a, b, c, d, e, f);
}
void each(Domain& value, const Visit& visit) {
    auto& [a, b] = value;
    all(visit, a, b);
}
void each(Backend& value, const Visit& visit) {
    auto& [name, host, port, srv, a, b, c, d, e, f, g, h, i, j] = value;
    all(visit, name, srv, a, b, c, d, e, f, g, h, i, j);
    if (value.srv.empty()) all(visit, host, port);  // beside `srv` there are none
}
void each(Health& value, const Visit& visit) {
    auto& [a, b, c, d, e, f, g, h, i, j, k, l, m] = value;
    all(visit, a, b, c, d, e, f, g, h, i, j, k, l, m);
}
void each(Pool& value, const Visit& visit) {
    auto& [a, b, c, d, e, f, g, h, i, j, k, l, m] = value;
    all(visit, a, b, c, d, e, f, g, h, i, j, k, l, m);
}
void each(Limits& value, const Visit& visit) {
    auto& [a, b, c, d, e, f, g, h, i, j, k, l] = value;
    all(visit, a, b, c, d, e, f, g, h, i, j, k, l);
}
void each(RateLimits& value, const Visit& visit) {
    auto& [a, b, c, d] = value;
    all(visit, a, b, c, d);
}
void each(AddressLimits& value, const Visit& visit) {
    auto& [a, b, c, d, e, f] = value;
    all(visit, a, b, c, d, e, f);
}
void each(Web& value, const Visit& visit) {
    auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n] = value;
    all(visit, a, b, c, d, e, f, g, h, i, j, k, l, m, n);
}
void each(WebForward& value, const Visit& visit) {
    auto& [a, b, c, d, e, query] = value;
    all(visit, a, b, c, d, e);
    visit([&] {
        value.sticky = ForwardSticky::query;
        value.query += "x";
    });
}
void each(Log& value, const Visit& visit) {
    auto& [a, b, c, d] = value;
    all(visit, a, b, c, d);
}
void each(Worker& value, const Visit& visit) {
    auto& [a] = value;
    all(visit, a);
}
void each(Dns& value, const Visit& visit) {
    auto& [a] = value;
    all(visit, a);
}
void each(Resumption& value, const Visit& visit) {
    auto& [a, b, c] = value;
    all(visit, a, b, c);
}
void each(Upgrade& value, const Visit& visit) {
    auto& [a, b] = value;
    all(visit, a, b);
}
void each(Shutdown& value, const Visit& visit) {
    auto& [a] = value;
    all(visit, a);
}
void each(Admin& value, const Visit& visit) {
    auto& [a, b, c, d] = value;
    all(visit, a, b, c, d);
}
void each_field(Config& value, const Visit& visit) {
    auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n] = value;
    all(visit, a, b, c, d, e, f, g, h, i, j, k, l, m, n);
}

TEST(Difference, ForgetsNoField) {
    const Config before = sample();
    Config after = before;
    int changed = 0;
    each_field(after, [&](const std::function<void()>& change) {
        const Config kept = after;
        change();
        ++changed;
        EXPECT_NE(after, before);
        EXPECT_FALSE(difference(before, after).empty()) << "change " << changed;
        EXPECT_FALSE(difference(after, before).empty()) << "change " << changed;
        // Changed in place, never replaced: `change` of later fields points into `after`.
        after = kept;
    });
    EXPECT_GT(changed, 70);
}

// --- in words

Difference difference_after(const std::function<void(Config&)>& change) {
    Config after = sample();
    change(after);
    return difference(sample(), after);
}

TEST(Difference, OfEqualConfigurationsIsEmpty) {
    EXPECT_TRUE(difference(sample(), sample()).empty());
    EXPECT_TRUE(difference(Config{}, Config{}).empty());
}

TEST(Difference, SaysBeforeAndAfterAsTheFileHasThem) {
    const Difference found = difference_after([](Config& config) {
        config.tls.min_version = TlsVersion::v1_3;
        config.tls.record_layer = RecordLayer::openssl;
        config.tls.ticket_lifetime = 1h;
        config.tls.default_domain = Tls::kNobody;
        config.tls.ticket_keys = "/run/keys";
        config.listen[0].kind = ListenKind::c2s_tls;
        config.listen[0].backlog = 128;
        config.domains[0].pool = "other";
        config.pools[0].balance = Balance::hash_user;
        config.pools[0].route = RouteBy::domain;
        config.pools[0].health.checks = false;
        config.pools[0].health.slow_start = 0s;
        config.pools[0].backends[0].weight = 50;
        config.pools[0].backends[0].host = "2001:db8::1";
        config.pools[0].backends[1].tls = BackendTls::starttls;
        config.limits.registration = std::chrono::minutes(2);
        config.limits.stanza = 64 * 1024;
        config.limits.address.before_login = 500;
        config.limits.address.failed_logins = 20;
        config.limits.address.exempt = {*core::AddressBlock::parse("10.0.0.0/8")};
        config.log.level = core::Severity::debug;
        config.dns.servers = {*core::Endpoint::parse("127.0.0.1:5353")};
        config.admin.socket = "/run/sg.sock";
        config.listen[0].accept_proxy = {*core::AddressBlock::parse("10.0.0.0/8")};
        config.web.origins = {"https://a.example", "https://b.example"};
        config.web.bosh_body = 1024 * 1024;
        config.web.forwards[0].sticky = ForwardSticky::query;
        config.web.forwards[0].query = "room";
    });
    EXPECT_EQ(found.changes,
              (Lines{R"(tls: min_version "1.2" -> "1.3")",
                     R"(tls: record_layer "compact" -> "openssl")",
                     R"(tls: ticket_keys "" -> "/run/keys")",
                     R"(tls: ticket_lifetime "12h" -> "1h")",
                     R"(tls: default first domain "example.org" -> "none")",
                     R"(listen "0.0.0.0:5222": kind "c2s" -> "c2s-tls")",
                     R"(listen "0.0.0.0:5222": backlog 4096 -> 128)",
                     R"(listen "0.0.0.0:5222": accept_proxy [] -> ["10.0.0.0/8"])",
                     R"(domain "example.org": pool "main" -> "other")",
                     R"(pool.main: balance "least-sessions" -> "hash-user")",
                     R"(pool.main: route "user" -> "domain")",
                     R"(pool.main.health: checks true -> false)",
                     R"(pool.main.health: slow_start "30s" -> "0s")",
                     R"(pool.main.backend "a": address "10.0.0.11:5222" -> "[2001:db8::1]:5222")",
                     R"(pool.main.backend "a": weight 100 -> 50)",
                     R"(pool.main.backend "s": tls "off" -> "starttls")",
                     R"(limits.address: before_login three quarters of all -> 500)",
                     R"(limits.address: failed_logins "1000 in 10m" -> "20 in 10m")",
                     R"(limits.address: exempt [] -> ["10.0.0.0/8"])",
                     R"(limits: registration "5m" -> "2m")",
                     R"(limits: stanza "256KiB" -> "64KiB")",
                     R"(web: origins [] -> ["https://a.example", "https://b.example"])",
                     R"(web: bosh_body "512KiB" -> "1MiB")",
                     R"(web.forward "/upload/": sticky "none" -> "query:room")",
                     R"(log: level "info" -> "debug")",
                     R"(dns: servers [] -> ["127.0.0.1:5353"])",
                     R"(admin: socket "" -> "/run/sg.sock")"}));
    EXPECT_EQ(found.needs_restart, Lines{});
}

TEST(Difference, NamesWhatIsAddedAndRemoved) {
    const Difference found = difference_after([](Config& config) {
        config.listen[0].address = *core::Endpoint::parse("0.0.0.0:5223");
        config.domains.insert(config.domains.begin(), {"b.example", "main"});
        config.pools[0].backends.erase(config.pools[0].backends.begin());
        config.pools[0].backends.push_back({.name = "c", .host = "10.0.0.13"});
        config.pools.push_back({.name = "x y"});
    });
    EXPECT_EQ(found.changes,
              (Lines{R"(tls: default first domain "example.org" -> first domain "b.example")",
                     R"(listen "0.0.0.0:5223" added)", R"(listen "0.0.0.0:5222" removed)",
                     R"(domain "b.example" added)", R"(pool.main.backend "c" added)",
                     R"(pool.main.backend "a" removed)", R"(pool."x y" added)"}));
}

TEST(Difference, SaysWhatNeedsARestart) {
    const Difference found = difference_after([](Config& config) {
        config.worker.threads = 4;
        config.log = {LogFormat::json, core::Severity::info, "/var/log/sg.log"};
    });
    EXPECT_EQ(found.changes, Lines{});
    EXPECT_EQ(found.needs_restart,
              (Lines{R"(log: format "text" -> "json")", R"(log: file "" -> "/var/log/sg.log")",
                     "worker: threads one per core -> 4"}));
}

TEST(Difference, OrderOfItemsIsNone) {
    const Difference found = difference_after([](Config& config) {
        std::swap(config.pools[0].backends[0], config.pools[0].backends[1]);
    });
    EXPECT_TRUE(found.empty());
}

}  // namespace
}  // namespace conf
