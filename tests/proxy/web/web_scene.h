#pragma once
// Web connections of a front over real sockets: the test is the client, and the host of sessions.

#include <gtest/gtest.h>

#include <cctype>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "balancer/routing_table.h"
#include "proxy/web/web_front.h"
#include "tests/core/connection_scene.h"
#include "tests/proxy/legs/client_leg_listener.h"
#include "tests/support/run_loop.h"
#include "tests/support/tls_context_fixture.h"

namespace test {

/// One client of a front.
class WebClient {
public:
    WebClient(core::EventLoop& loop, core::Fd socket, const core::Watermarks& marks)
        : connection(loop, std::move(socket), seen, marks) {}

    void start_tls(std::string_view alpn) {
        core::Ssl asking(SSL_new(wishes_.get()));
        SSL_set_tlsext_host_name(asking.get(), "example.org");
        if (!alpn.empty())
            SSL_set_alpn_protos(asking.get(), reinterpret_cast<const unsigned char*>(alpn.data()),
                                static_cast<unsigned>(alpn.size()));
        connection.start_tls(std::move(asking), core::Connection::TlsRole::connecting);
    }
    void send(std::string_view bytes) { connection.send(bytes); }

    /// The statuses of all responses so far: "200 404".
    std::string statuses() const {
        static constexpr std::string_view kFront = "HTTP/1.1 ";
        std::string all;
        for (std::size_t at = 0; (at = seen.taken.find(kFront, at)) != std::string::npos;) {
            at += kFront.size();
            if (std::isdigit(static_cast<unsigned char>(seen.taken[at])) == 0) continue;  // a text
            all += (all.empty() ? "" : " ") + seen.taken.substr(at, 3);
        }
        return all;
    }
    bool has(std::string_view text) const { return seen.taken.find(text) != std::string::npos; }
    bool is_over() const { return seen.ended || seen.broken.has_value(); }

    Recorder seen;

private:
    core::SslContext wishes_{SSL_CTX_new(TLS_client_method())};

public:
    core::Connection connection;
};

class WebScene : public TlsContextTest, protected proxy::WebHost {
protected:
    struct Session {
        proxy::WebSessionKind kind;
        std::unique_ptr<proxy::ClientLeg> leg;
        ClientLegListener events;
    };

    WebScene() {
        add("example.org", "example.org");
        tls = make({.alpn = {"http/1.1"}});
        tls_with_xmpp = make({.alpn = {"http/1.1", "xmpp-client"}});
        front.use(settings());
    }
    ~WebScene() override {
        for (auto& session : sessions) session->leg->abandon();
    }

    proxy::WebShared::Settings settings() const {
        return {.config = &config,
                .tls = tls.get(),
                .tls_with_xmpp = tls_with_xmpp.get(),
                .limits = &limits};
    }
    bool wait(const std::function<bool()>& holds) { return run_until(loop, holds); }

    /// A connection that has just been accepted.
    std::unique_ptr<WebClient> connect(const proxy::WebDoor& door,
                                       std::string_view from = "192.0.2.7:40000") {
        Pair sockets;
        const auto peer = *core::Endpoint::parse(from);
        if (front.take_place(peer, door))
            front.begin(std::make_shared<const proxy::WebDoor>(door),
                        {.socket = std::move(sockets.near), .peer = peer, .local = {}});
        auto client = std::make_unique<WebClient>(loop, std::move(sockets.far), marks);
        client->connection.resume_reading();
        return client;
    }
    /// And one that is secure.
    std::unique_ptr<WebClient> connect_tls(const proxy::WebDoor& door = {},
                                           std::string_view alpn = "\x08http/1.1") {
        auto client = connect(door);
        client->start_tls(alpn);
        EXPECT_TRUE(wait([&] { return client->seen.secured; }));
        return client;
    }

    // The host.
    std::optional<proxy::Refused> take_place(const core::Endpoint& client, proxy::AddressPlace&,
                                             proxy::WebClientComes how, bool is_limited) override {
        came.push_back(how);
        placed = client.to_string() + (is_limited ? "" : " unlimited");
        return no_place;
    }
    std::uint32_t session_limit() const override { return 0; }
    void note_refused(proxy::Refused, const core::Endpoint&) override { ++refused; }
    void begin_session(proxy::WebSessionKind kind, std::unique_ptr<proxy::ClientLeg> leg,
                       proxy::AddressPlace) override {
        sessions.push_back(std::make_unique<Session>());
        sessions.back()->kind = kind;
        sessions.back()->leg = std::move(leg);
        sessions.back()->leg->begin(sessions.back()->events);
    }

    /// Behind a proxy that ends TLS: all of the front, without the cost of a handshake.
    static proxy::WebDoor trusted_door() {
        return {.is_clear = true, .trust = {*core::AddressBlock::parse("192.0.2.0/24")}};
    }

    core::EventLoop loop;
    core::Watermarks marks{.low = 10'000, .high = 40'000};
    xmpp::ScanWorkPool scan_work;
    xmpp::ScanLimits limits;
    conf::Config config;
    std::unique_ptr<core::TlsServerContext> tls;
    std::unique_ptr<core::TlsServerContext> tls_with_xmpp;
    std::optional<proxy::Refused> no_place;
    std::string placed;                       // whose place was asked for last
    std::vector<proxy::WebClientComes> came;  // who asked for a place
    int refused = 0;
    // Nothing is forwarded in these scenes.
    balancer::LoadBoard board{1};
    balancer::Router router{std::make_shared<const balancer::RoutingTable>(), board, 0, 1};
    proxy::PassiveReports reports{loop, [](const std::vector<proxy::PassiveReport>&) {}};
    proxy::LinkEnvironment links{.loop = loop,
                                 .router = router,
                                 .scan_work = scan_work,
                                 .reports = reports,
                                 .watermarks = marks,
                                 .own = nullptr,
                                 .resolver = nullptr};
    std::shared_ptr<proxy::WebProcess> process = std::make_shared<proxy::WebProcess>(1);
    proxy::Forwarding forwarding{.links = links,
                                 .keys = process->forwarded_keys,
                                 .pool_named = [](std::string_view) { return nullptr; },
                                 .random = balancer::Random(1)};
    proxy::WebFront front{{.loop = loop,
                           .watermarks = marks,
                           .scan_work = scan_work,
                           .host = *this,
                           .process = process,
                           .forwarding = forwarding}};
    std::vector<std::unique_ptr<Session>> sessions;
};

}  // namespace test
