#pragma once
// A link to backends on the test's own loop, with a session that only notes what it is told.

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "balancer/routing_table.h"
#include "core/wanted_certificate.h"
#include "proxy/legs/tcp_backend_link.h"
#include "tests/support/fake_backend.h"
#include "tests/support/run_loop.h"

namespace proxy::test {

using balancer::HealthReason;
using ::test::FakeBackend;
namespace support = ::test;

/// What a link has told its session.
class BackendLinkListener final : public BackendLinkEvents {
public:
    void on_link_open(const OpenedBackend& backend) override {
        ++opened;
        bindings = backend.bindings;
        answer_timeout = backend.answer_timeout;
        is_first = backend.is_first;
        received.clear();
    }
    void on_link_failed(LinkFailure why) override { failed = why; }
    void on_link_held(LinkFailure why, std::uint32_t tried) override {
        failed = why;
        held_after = tried;
    }
    std::size_t on_link_bytes(std::string_view window) override {
        received += window;
        if (on_bytes) on_bytes(received);
        return window.size();
    }
    void on_link_end() override {
        has_ended = true;
        if (on_end) on_end();
    }
    void on_link_lost(std::string_view) override { on_link_end(); }
    void on_link_drained() override {}
    void on_link_gone() override { is_gone = true; }

    int opened = 0;
    xmpp::HeldBindings bindings{};
    std::optional<LinkFailure> failed;
    std::uint32_t held_after = 0;  // candidates, a bit for each
    std::string received;
    bool has_ended = false;
    bool is_gone = false;
    bool is_first = false;
    std::chrono::milliseconds answer_timeout{0};
    // What a session would do.
    std::function<void(std::string_view received)> on_bytes;
    std::function<void()> on_end;
};

/// A pool of round robin, so that its backends are candidates in the order of the file.
class LinkScene : public testing::Test {
protected:
    core::EventLoop loop;
    dns::Servers name_servers;
    balancer::LoadBoard board{1};
    xmpp::ScanWorkPool scan_work;
    std::map<std::uint32_t, HealthReason> reported;   // by backend id
    std::map<std::uint32_t, std::uint32_t> failures;  // by backend id
    PassiveReports reports{loop, [this](const std::vector<PassiveReport>& all) {
                               for (const auto& each : all) {
                                   reported[each.backend.get()] = each.why;
                                   failures[each.backend.get()] += each.failures;
                               }
                           }};
    conf::Config config;
    std::optional<balancer::Router> router;
    std::unique_ptr<BackendTls> tls;
    std::unique_ptr<LinkEnvironment> environment;
    OwnAddresses own;
    X509* shown = nullptr;  // to the client
    bool owner_is_first = false;
    BackendLinkListener session;
    std::unique_ptr<TcpBackendLink> link;

    LinkScene() {
        config.domains.push_back({.name = "example.org", .pool = "main"});
        config.pools.push_back({.name = "main", .balance = conf::Balance::round_robin});
    }

    conf::Backend& add(const std::string& host, std::uint16_t port) {
        conf::Backend backend;
        backend.name = std::to_string(config.pools[0].backends.size());
        backend.host = host;
        backend.port = port;
        return config.pools[0].backends.emplace_back(backend);
    }
    void add(const FakeBackend& server) {
        add(server.address().address_text(), server.address().port());
    }
    /// Nobody listens there.
    core::Endpoint dead_end() {
        FakeBackend server(loop, [](FakeBackend::Peer&) {});
        return server.address();
    }

    /// All but the link.
    void set_up() {
        balancer::BackendIds ids;
        router.emplace(balancer::make_routing_table(config, ids).value(), board, 0, 1);
        tls = BackendTls::create(config).value();
        environment.reset(new LinkEnvironment{
            .loop = loop,
            .router = *router,
            .scan_work = scan_work,
            .reports = reports,
            .watermarks = {},
            .tls = tls.get(),
            .own = std::make_shared<const OwnAddresses>(own),
            .resolver = std::make_shared<dns::AddressResolver>(loop, name_servers)});
    }
    void open() {
        set_up();
        look_for_backend();
    }
    void look_for_backend() {
        link = std::make_unique<TcpBackendLink>(
            *environment,
            LinkRequest{
                .candidates = router->route({.domain = "example.org"}, core::Clock::now()).value(),
                .domain = "example.org",
                .opening = "<stream:stream version='1.0'>",
                .facts = {},
                .shown = core::share(shown),
                .owner_is_first = owner_is_first},
            session);
        EXPECT_EQ(session.opened, 0) << "never from within the call";
        EXPECT_EQ(link->backend_id(), std::nullopt);
    }
    bool wait(const std::function<bool()>& holds) { return support::run_until(loop, holds); }
    bool opens() {
        const int before = session.opened;
        return wait([&] { return session.opened > before || session.failed; }) && !session.failed;
    }
    std::uint32_t sessions(std::uint32_t backend) {
        return board.sessions(balancer::BackendId(backend));
    }
};

}  // namespace proxy::test
