#include "http/websocket_request.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/http/heads.h"

namespace http {
namespace {

using test::request_head;
using test::response_head;
using Kind = Subprotocol::Kind;

// RFC 6455 section 1.3.
constexpr std::string_view kKey = "dGhlIHNhbXBsZSBub25jZQ==";
constexpr std::string_view kAccept = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

RequestHead handshake(
    const std::string& key, const std::string& rest = {},
    const std::string& upgrade = "Connection: keep-alive, Upgrade\r\nUpgrade: WebSocket\r\n",
    const std::string& start = "GET /ws HTTP/1.1", const std::string& version = "13") {
    return request_head(start + "\r\nHost: a\r\n" + upgrade + "Sec-WebSocket-Version: " + version +
                        "\r\nSec-WebSocket-Key: " + key + "\r\n" + rest + "\r\n");
}

std::uint16_t status(const RequestHead& head) {
    const auto key = read_websocket_key(head);
    return key ? 101 : key.error().status;
}

TEST(WebSocketRequest, IsAcceptedAsTheStandardShowsIt) {
    const RequestHead head = handshake(std::string(kKey));
    EXPECT_TRUE(wants_websocket(head));
    EXPECT_EQ(read_websocket_key(head).value(), kKey);
    EXPECT_EQ(websocket_accept(kKey), kAccept);
    EXPECT_EQ(write_websocket_answer(kKey, "xmpp"),
              "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
              "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"
              "Sec-WebSocket-Protocol: xmpp\r\n\r\n");
    EXPECT_EQ(write_websocket_answer(kKey, "").find("Protocol:"), std::string::npos);
}

TEST(WebSocketRequest, RefusesKeysThatAreNone) {
    for (const std::string key :
         {"", "x", "dGhlIHNhbXBsZSBub25jZQ", "dGhlIHNhbXBsZSBub25jZQ=", "dGhlIHNhbXBsZSBub25jZR==",
          "dGhlIHNhbXBsZSBub25jZQ===", "dGhlIHNhbXBsZSBub2 jZQ==", "dGhlIHNhbXBsZSBub2_jZQ==",
          "dGhlIHNhbXBsZSBub25jZQ==, dGhlIHNhbXBsZSBub25jZQ==", "dGhlIHNhbXBsZSBub25jZWQA"})
        EXPECT_EQ(status(handshake(key)), 400) << key;
    EXPECT_EQ(status(handshake(std::string(kKey), "Sec-WebSocket-Key: x\r\n")), 400);
}

TEST(WebSocketRequest, RefusesWhatIsNoRequestForOne) {
    const std::string key(kKey);
    const std::string upgrade = "Connection: Upgrade\r\nUpgrade: websocket\r\n";
    EXPECT_EQ(status(handshake(key, "", "Upgrade: websocket\r\n")), 426);
    EXPECT_EQ(status(handshake(key, "", "Connection: Upgrade\r\n")), 426);
    EXPECT_EQ(status(handshake(key, "", "Connection: Upgrade\r\nUpgrade: h2c\r\n")), 426);
    EXPECT_EQ(status(handshake(key, "", upgrade, "GET /ws HTTP/1.0")), 426);
    EXPECT_EQ(status(handshake(key, "", upgrade, "POST /ws HTTP/1.1")), 405);
    EXPECT_EQ(status(handshake(key, "Content-Length: 4\r\n")), 400);
    EXPECT_FALSE(wants_websocket(handshake(key, "Content-Length: 4\r\n")));
    for (const std::string version : {"", "8", "12", "14", "13, 8", "013"})
        EXPECT_EQ(status(handshake(key, "", upgrade, "GET /ws HTTP/1.1", version)), 426) << version;
}

TEST(WebSocketRequest, SaysWhatWouldHaveBeenRight) {
    EXPECT_EQ(websocket_refusal_fields(405)[0], (HeadField{"Allow", "GET"}));
    EXPECT_EQ(websocket_refusal_fields(426)[0], (HeadField{"Upgrade", "websocket"}));
    EXPECT_EQ(websocket_refusal_fields(426)[1], (HeadField{"Connection", "Upgrade"}));
    EXPECT_EQ(websocket_refusal_fields(426)[2], (HeadField{"Sec-WebSocket-Version", "13"}));
    EXPECT_TRUE(websocket_refusal_fields(400).empty());
}

TEST(WebSocketRequest, FindsTheSubprotocol) {
    const auto choice = [](const std::string& fields) {
        const RequestHead head = handshake(std::string(kKey), fields);
        const Subprotocol found = choose_subprotocol(head.fields(), "xmpp");
        return std::to_string(static_cast<int>(found.kind)) + std::string(found.name);
    };
    EXPECT_EQ(choice(""), "0");
    EXPECT_EQ(choice("Sec-WebSocket-Protocol: xmpp\r\n"), "1xmpp");
    EXPECT_EQ(choice("Sec-WebSocket-Protocol: chat, XMPP, xmpp\r\n"), "1XMPP");
    EXPECT_EQ(choice("Sec-WebSocket-Protocol: chat\r\nsec-websocket-protocol: xmpp\r\n"), "1xmpp");
    EXPECT_EQ(choice("Sec-WebSocket-Protocol: chat, xmpp2\r\n"), "2");
    EXPECT_EQ(choice("Sec-WebSocket-Protocol:\r\n"), "2");
    EXPECT_EQ(choice("Sec-WebSocket-Protocol: xmpp, a b\r\n"), "3");
    EXPECT_EQ(choice("Sec-WebSocket-Protocol: \"xmpp\"\r\n"), "3");
}

TEST(WebSocketRequest, SeesWhetherABackendAgrees) {
    const auto agrees = [](const std::string& start, const std::string& fields) {
        return agrees_to_websocket(response_head(start + "\r\n" + fields + "\r\n"), kKey);
    };
    const std::string upgrade = "Connection: upgrade\r\nUpgrade: WebSocket\r\n";
    const std::string accept = "Sec-WebSocket-Accept: " + std::string(kAccept) + "\r\n";
    EXPECT_TRUE(agrees("HTTP/1.1 101 X", upgrade + accept));
    EXPECT_FALSE(agrees("HTTP/1.1 200 X", upgrade + accept));
    EXPECT_FALSE(agrees("HTTP/1.1 101 X", accept));
    EXPECT_FALSE(agrees("HTTP/1.1 101 X", "Connection: upgrade\r\nUpgrade: h2c\r\n" + accept));
    EXPECT_FALSE(agrees("HTTP/1.1 101 X", upgrade));
    EXPECT_FALSE(agrees("HTTP/1.1 101 X", upgrade + "Sec-WebSocket-Accept: x\r\n"));
    EXPECT_FALSE(agrees("HTTP/1.1 101 X", upgrade + accept + accept));
}

}  // namespace
}  // namespace http
