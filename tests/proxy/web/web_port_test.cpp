// Aim: what a port is to its clients: HTTPS and XMPP on one, HTTP in clear, HTTP behind a proxy
// that is trusted.

#include <gtest/gtest.h>

#include <fstream>
#include <string>

#include "proxy/web/web_connection.h"
#include "tests/proxy/web/web_connection_scene.h"
#include "tests/support/client_frames.h"
#include "tests/support/cuts.h"
#include "tests/support/temp_dir.h"

namespace proxy {
namespace {

using std::chrono::milliseconds;

TEST_F(WebConnectionTest, XmppIsKnownByAlpnOrByItsFirstByte) {
    const WebDoor both{.speaks_xmpp = true};
    const std::vector<std::pair<std::string_view, std::string_view>> clients = {
        {"\x0bxmpp-client", "<stream:stream>"}, {"\x0bxmpp-client", "GET, whatever it says"},
        {"", "<?xml version='1.0'?>"},          {"", "\n<stream:stream>"},
        {"\x08http/1.1", "<stream:stream>"},
    };
    for (const auto& [alpn, first] : clients) {
        sessions.clear();
        const auto client = connect_tls(both, alpn);
        client->send(first);
        ASSERT_TRUE(wait([&] {
            return !sessions.empty() && !sessions[0]->events.received.empty();
        })) << alpn
            << first;
        EXPECT_EQ(sessions[0]->kind, WebSessionKind::direct_tls);
        EXPECT_EQ(sessions[0]->events.received, first);
        EXPECT_EQ(sessions[0]->leg->facts().alpn, alpn.empty() ? "" : alpn.substr(1));
        sessions[0]->leg->send("<stream:features/>");
        ASSERT_TRUE(wait([&] { return client->has("<stream:features/>"); }));
    }
}

TEST_F(WebConnectionTest, HttpOnThePortOfBothIsHttp) {
    for (const std::string_view alpn : {"", "\x08http/1.1"}) {
        const auto client = connect_tls({.speaks_xmpp = true}, alpn);
        client->send(kHostMeta);
        ASSERT_TRUE(wait([&] { return client->statuses() == "200"; }));
        client->send("<stream:stream>");
        ASSERT_TRUE(wait([&] { return client->is_over(); }));
        EXPECT_EQ(client->statuses(), "200 400") << "what began as HTTP stays it";
    }
    EXPECT_TRUE(sessions.empty());
}

TEST_F(WebConnectionTest, WhereXmppIsNotSpokenItIsABadRequest) {
    const auto client = connect_tls();
    client->send("<stream:stream>\r\n\r\n");
    ASSERT_TRUE(wait([&] { return client->is_over(); }));
    EXPECT_EQ(client->statuses(), "400");
}

// In clear.

TEST_F(WebConnectionTest, InClearRequestsAreSentToHttps) {
    config.listen = {
        {.address = *core::Endpoint::parse("0.0.0.0:443"), .kind = conf::ListenKind::web}};
    const auto client = connect({.is_clear = true});
    client->send("GET /xmpp-websocket?a=b HTTP/1.1\r\nHost: a.example:80\r\n\r\n");
    ASSERT_TRUE(wait([&] { return client->statuses() == "308"; }));
    EXPECT_TRUE(client->has("Location: https://a.example/xmpp-websocket?a=b\r\n"));

    config.listen[0].address = *core::Endpoint::parse("0.0.0.0:8443");
    client->send(kHostMeta);
    ASSERT_TRUE(wait([&] { return client->statuses() == "308 308"; }));
    EXPECT_TRUE(client->has("Location: https://a.example:8443/.well-known/host-meta\r\n"));

    client->send("GET / HTTP/1.0\r\n\r\n");
    ASSERT_TRUE(wait([&] { return client->is_over(); }));
    EXPECT_EQ(client->statuses(), "308 308 400") << "where to is not known";
}

TEST_F(WebConnectionTest, WhoIsNotTrustedIsNotBelieved) {
    const WebDoor door = trusted_door();
    const auto stranger = connect(door, "198.51.100.9:1000");
    stranger->send(forwarded(kHostMeta));
    ASSERT_TRUE(wait([&] { return stranger->statuses() == "308"; }));
    const auto clear = connect(door);
    clear->send(kHostMeta);
    ASSERT_TRUE(wait([&] { return clear->statuses() == "308"; })) << "its client came in clear";
    const auto secure = connect_tls();
    secure->send(forwarded(upgrade(), "X-Forwarded-For: 203.0.113.5\r\n"));
    ASSERT_TRUE(wait([&] { return !sessions.empty(); }));
    EXPECT_EQ(sessions[0]->leg->peer().to_string(), "192.0.2.7:40000");
}

TEST_F(WebConnectionTest, WhoIsTrustedNamesTheClientOfEachRequest) {
    const auto client = trusted();
    client->send(forwarded(kHostMeta, "X-Forwarded-For: 203.0.113.4\r\n") +
                 forwarded(upgrade(), "X-Forwarded-For: 203.0.113.5, 192.0.2.99\r\n"));
    ASSERT_TRUE(wait([&] { return !sessions.empty(); }));
    EXPECT_EQ(sessions[0]->leg->peer().with_port(0), core::Endpoint::parse("203.0.113.5:0"));
}

TEST_F(WebConnectionTest, ChallengesOfAcmeAreAnsweredInClear) {
    const test::TempDir folder;
    std::ofstream(folder.path() / "abc_-9") << "abc.key";
    std::ofstream(folder.path() / "secret.txt") << "secret";
    config.web.acme_challenge = folder.path();
    const auto get = [&](std::string_view token, std::string_view method = "GET") {
        const auto client = connect({.is_clear = true});
        client->send(std::string(method) + " /.well-known/acme-challenge/" + std::string(token) +
                     " HTTP/1.1\r\nHost: a.example\r\n\r\n");
        EXPECT_TRUE(wait([&] { return !client->statuses().empty() && client->has("\r\n\r\n"); }));
        EXPECT_FALSE(client->has("secret\r") || client->seen.taken.ends_with("secret"));
        return client->statuses() + (client->has("abc.key") ? " abc.key" : "");
    };
    EXPECT_EQ(get("abc_-9"), "200 abc.key");
    EXPECT_EQ(get("abc_-9", "HEAD"), "200");
    EXPECT_EQ(get("other"), "404");
    EXPECT_EQ(get("abc_-9", "DELETE"), "405");
    EXPECT_EQ(get("secret.txt"), "308") << "no token: no challenge";
    EXPECT_EQ(get("../secret.txt"), "400");
    config.web.acme_challenge.clear();
    EXPECT_EQ(get("abc_-9"), "308");
}

}  // namespace
}  // namespace proxy
