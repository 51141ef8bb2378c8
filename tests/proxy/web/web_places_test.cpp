// Aim: a web client that finds no place for its session hears why, and it is its own address that
// counts, whoever is in front.

#include <gtest/gtest.h>

#include <string>

#include "tests/proxy/web/web_scene.h"

namespace proxy {
namespace {

std::string websocket_request(std::string_view more = {}) {
    return "GET /xmpp-websocket HTTP/1.1\r\nHost: a.example\r\nConnection: Upgrade\r\n"
           "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
           "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nX-Forwarded-Proto: https\r\n" +
           std::string(more) + "\r\n";
}

class WebPlacesTest : public test::WebScene {
protected:
    std::unique_ptr<test::WebClient> refused(const std::string& request) {
        auto client = connect(trusted_door());
        client->send(request);
        EXPECT_TRUE(wait([&] { return client->is_over(); })) << request;
        EXPECT_TRUE(sessions.empty());
        return client;
    }
};

TEST_F(WebPlacesTest, AFullProcessIsNobodysFault) {
    no_place = Refused::process_full;
    EXPECT_EQ(refused(websocket_request())->statuses(), "503");
}

TEST_F(WebPlacesTest, WhoseAddressHasItsShareHearsSo) {
    for (const Refused why : {Refused::before_login, Refused::address_sessions,
                              Refused::new_per_second, Refused::failed_logins}) {
        no_place = why;
        const auto client = refused(websocket_request());
        EXPECT_EQ(client->statuses(), "429");
        EXPECT_TRUE(client->has("Retry-After: 10\r\n"));
        EXPECT_TRUE(client->has(words_of(why))) << client->seen.taken;
    }
}

TEST_F(WebPlacesTest, TheClientCountsAndNotTheProxyInFrontOfIt) {
    no_place = Refused::process_full;
    refused(websocket_request("X-Forwarded-For: 203.0.113.9\r\n"));
    EXPECT_TRUE(placed.starts_with("203.0.113.9:")) << placed;
    EXPECT_FALSE(placed.ends_with(" unlimited")) << placed;
    refused(websocket_request());  // the proxy itself asks
    EXPECT_EQ(placed, "192.0.2.7:40000 unlimited");
}

}  // namespace
}  // namespace proxy
