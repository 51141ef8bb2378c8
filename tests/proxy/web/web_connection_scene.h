#pragma once
// Requests to a web connection, and what becomes of them.

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>

#include "tests/proxy/web/web_scene.h"

namespace proxy {

inline constexpr std::string_view kHostMeta =
    "GET /.well-known/host-meta HTTP/1.1\r\nHost: a.example\r\n\r\n";
inline constexpr std::string_view kHostMetaJson =
    "GET /.well-known/host-meta.json HTTP/1.1\r\nHost: a.example\r\n\r\n";
inline constexpr std::string_view kNowhere = "GET /login.jsp HTTP/1.1\r\nHost: a.example\r\n\r\n";
inline constexpr std::string_view kOverHttps = "X-Forwarded-Proto: https\r\n";

/// As a proxy in front passes it on.
inline std::string forwarded(std::string_view request, std::string_view more = {}) {
    std::string text(request);
    const std::size_t end = text.rfind("\r\n");
    return text.insert(end, std::string(kOverHttps).append(more));
}

inline std::string upgrade(std::string_view fields = {}) {
    return "GET /xmpp-websocket HTTP/1.1\r\nHost: a.example\r\nConnection: Upgrade\r\n"
           "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
           "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" +
           std::string(fields) + "\r\n";
}

class WebConnectionTest : public test::WebScene {
protected:
    std::unique_ptr<test::WebClient> trusted() { return connect(trusted_door()); }

    /// The statuses that `requests` get, once the connection has ended.
    std::string answers_and_end(std::string_view requests) {
        const auto client = trusted();
        client->send(requests);
        EXPECT_TRUE(wait([&] { return client->is_over(); })) << requests;
        return client->statuses();
    }
    /// Of one who begins with `request` and says no more; empty if it ended without any.
    std::string answer_to_silence(std::string_view request) {
        const auto client = trusted();
        if (!request.empty()) client->send(request);
        EXPECT_TRUE(wait([&] { return client->is_over(); })) << request;
        return client->statuses();
    }
    /// Whether the front has room for one more of the same address, where one is the most.
    bool has_room() {
        const auto client = trusted();
        client->send(forwarded(kHostMeta));
        EXPECT_TRUE(wait([&] { return client->is_over() || !client->statuses().empty(); }));
        return client->statuses() == "200";
    }
};

}  // namespace proxy
