#include "proxy/legs/tcp_client_leg.h"

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>

#include "core/connection.h"
#include "tests/core/connection_scene.h"
#include "tests/proxy/legs/client_leg_listener.h"
#include "tests/support/run_loop.h"
#include "tests/support/tls_context_fixture.h"

namespace proxy {
namespace {

const core::Endpoint kPeer = *core::Endpoint::parse("192.0.2.7:40000");

class TcpClientLegTest : public ::test::TlsContextTest {
protected:
    TcpClientLegTest()
        : leg(clients, {.socket = std::move(sockets.near), .peer = kPeer, .local = {}}),
          far(loop, std::move(sockets.far), client, marks) {}

    bool wait(const std::function<bool()>& holds) { return ::test::run_until(loop, holds); }
    void begin() {
        leg.begin(session);
        far.resume_reading();
    }
    /// More than a socket takes.
    void send_much() {
        while (leg.send(std::string(64 * 1024, 'x'))) {
        }
    }

    core::EventLoop loop;
    core::Watermarks marks{.low = 10'000, .high = 40'000};
    TcpClients clients{.loop = loop, .watermarks = marks};
    ::test::Pair sockets;
    ::test::ClientLegListener session;
    ::test::Recorder client;
    TcpClientLeg leg;
    core::Connection far;
};

TEST_F(TcpClientLegTest, CarriesBytesBothWays) {
    begin();
    far.send("to the proxy");
    leg.send("to the client");
    ASSERT_TRUE(wait([&] { return !session.received.empty() && !client.taken.empty(); }));
    EXPECT_EQ(session.received, "to the proxy");
    EXPECT_EQ(client.taken, "to the client");
    EXPECT_EQ(leg.peer(), kPeer);
    EXPECT_FALSE(leg.is_gone());
}

TEST_F(TcpClientLegTest, IsGoneWhenTheClientHasEnded) {
    begin();
    leg.send("goodbye");
    leg.finish();
    far.send("too late");
    ASSERT_TRUE(wait([&] { return client.ended; }));
    EXPECT_EQ(client.taken, "goodbye");
    EXPECT_FALSE(leg.is_gone());
    far.finish();
    ASSERT_TRUE(wait([&] { return session.is_gone; }));
    EXPECT_TRUE(leg.is_gone());
    EXPECT_EQ(session.received, "");
    EXPECT_FALSE(session.has_ended);
}

TEST_F(TcpClientLegTest, IsGoneAtOnceWhenTheClientHadEnded) {
    begin();
    far.finish();
    ASSERT_TRUE(wait([&] { return session.has_ended; }));
    leg.send("goodbye");
    leg.finish();
    EXPECT_TRUE(leg.is_gone());
    ASSERT_TRUE(wait([&] { return client.ended; }));
    EXPECT_EQ(client.taken, "goodbye");
    EXPECT_FALSE(session.is_gone) << "is_gone() has said so";
}

TEST_F(TcpClientLegTest, WhoHasEndedGetsAllThatWasSent) {
    begin();
    far.pause_reading();
    far.finish();
    ASSERT_TRUE(wait([&] { return session.has_ended; }));
    send_much();
    leg.finish();
    EXPECT_FALSE(leg.is_gone());
    far.resume_reading();
    ASSERT_TRUE(wait([&] { return session.is_gone; }));
    EXPECT_EQ(session.drained, 0);
}

TEST_F(TcpClientLegTest, TellsWhenMoreMayBeSent) {
    begin();
    far.pause_reading();
    send_much();
    far.resume_reading();
    ASSERT_TRUE(wait([&] { return session.drained == 1; }));
    EXPECT_FALSE(session.is_gone);
}

TEST_F(TcpClientLegTest, AClientThatBreaksIsLostOrGone) {
    begin();
    sockets = ::test::Pair();
    far.send("bytes that nobody reads");
    leg.pause_reading();
    far.close();
    leg.send("to nobody");
    ASSERT_TRUE(wait([&] { return session.lost.has_value(); }));
    EXPECT_EQ(session.lost, ClientLoss::connection);
    EXPECT_NE(session.detail, "");
    EXPECT_TRUE(leg.is_gone());
}

TEST_F(TcpClientLegTest, AnAbandonedLegSaysNothingMore) {
    begin();
    leg.send("this is sent");
    leg.abandon();
    EXPECT_TRUE(leg.is_gone());
    ASSERT_TRUE(wait([&] { return client.ended || client.broken; }));
    EXPECT_FALSE(session.is_gone);
    EXPECT_FALSE(session.has_ended);
}

TEST_F(TcpClientLegTest, TellsOfItsTlsUntilItIsSettled) {
    add("a", "example.org");
    const auto context = make();
    clients.tls = context.get();
    clients.tells_bindings = true;
    session.on_bytes = [&] { ASSERT_TRUE(leg.start_tls("example.org")); };
    begin();
    far.send("<starttls/>");
    ASSERT_TRUE(wait([&] { return session.received == "<starttls/>"; }));
    session.on_bytes = nullptr;
    const core::SslContext wishes(SSL_CTX_new(TLS_client_method()));
    core::Ssl asking(SSL_new(wishes.get()));
    SSL_set_tlsext_host_name(asking.get(), "example.org");
    far.start_tls(std::move(asking), core::Connection::TlsRole::connecting);
    ASSERT_TRUE(wait([&] { return session.is_secured; }));

    EXPECT_EQ(leg.facts().client, kPeer);
    EXPECT_TRUE(leg.facts().is_secure);
    EXPECT_EQ(leg.facts().tls_version, "TLSv1.3");
    EXPECT_EQ(leg.facts().sni, "example.org");
    EXPECT_FALSE(leg.facts().is_tls_resumed);
    EXPECT_EQ(leg.facts().bindings.exporter.reveal().size(), core::kTlsExporterBytes);
    EXPECT_NE(leg.shown_certificate(), nullptr);
    leg.settle();
}

TEST_F(TcpClientLegTest, TellsWhereTheClientOfAProxyConnectedTo) {
    add("a", "example.org");
    const auto context = make();
    clients.tls = context.get();
    clients.begins_in_clear = false;
    ::test::Pair pair;
    const auto local = *core::Endpoint::parse("198.51.100.1:5223");
    TcpClientLeg proxied(clients, {.socket = std::move(pair.near), .peer = kPeer, .local = local});
    proxied.begin(session);
    ASSERT_TRUE(proxied.start_tls({}));
    core::Connection asking(loop, std::move(pair.far), client, marks);
    const core::SslContext wishes(SSL_CTX_new(TLS_client_method()));
    asking.start_tls(core::Ssl(SSL_new(wishes.get())), core::Connection::TlsRole::connecting);
    asking.resume_reading();
    ASSERT_TRUE(wait([&] { return session.is_secured; }));
    EXPECT_EQ(proxied.facts().client, kPeer);
    EXPECT_EQ(proxied.facts().local, local);
    EXPECT_EQ(proxied.facts().tls_version, "TLSv1.3");
}

TEST_F(TcpClientLegTest, ABrokenHandshakeIsALossOfTls) {
    add("a", "example.org");
    const auto context = make();
    clients.tls = context.get();
    clients.begins_in_clear = false;
    begin();
    ASSERT_TRUE(leg.start_tls({}));
    far.send("<stream:stream>, in clear");
    ASSERT_TRUE(wait([&] { return session.lost.has_value(); }));
    EXPECT_EQ(session.lost, ClientLoss::tls);
    EXPECT_TRUE(leg.is_gone());
}

}  // namespace
}  // namespace proxy
