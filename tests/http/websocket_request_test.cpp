#include "http/websocket_request.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/http/heads.h"

namespace http {
namespace {

using test::request_head;
using test::response_head;

// RFC 6455 section 1.3.
constexpr std::string_view kExampleKey = "dGhlIHNhbXBsZSBub25jZQ==";
constexpr std::string_view kExampleAccept = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

RequestHead websocket_request(
    const std::string& key, const std::string& rest = {},
    const std::string& upgrade = "Connection: keep-alive, Upgrade\r\nUpgrade: WebSocket\r\n",
    const std::string& start = "GET /ws HTTP/1.1", const std::string& version = "13") {
    return request_head(start + "\r\nHost: a\r\n" + upgrade + "Sec-WebSocket-Version: " + version +
                        "\r\nSec-WebSocket-Key: " + key + "\r\n" + rest + "\r\n");
}

std::uint16_t websocket_status(const RequestHead& head) {
    const auto key = read_websocket_key(head);
    return key ? 101 : key.error().status;
}

TEST(WebSocketRequest, IsAcceptedAsTheStandardShowsIt) {
    const RequestHead head = websocket_request(std::string(kExampleKey));
    EXPECT_TRUE(wants_websocket(head));
    EXPECT_EQ(read_websocket_key(head).value(), kExampleKey);
    EXPECT_EQ(websocket_accept(kExampleKey), kExampleAccept);
    EXPECT_EQ(write_websocket_answer(kExampleKey, "xmpp"),
              "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
              "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"
              "Sec-WebSocket-Protocol: xmpp\r\n\r\n");
    EXPECT_EQ(write_websocket_answer(kExampleKey, "").find("Protocol:"), std::string::npos);
}

TEST(WebSocketRequest, MaySayThatItsBodyIsEmpty) {
    const RequestHead head = websocket_request(std::string(kExampleKey), "Content-Length: 0\r\n");
    EXPECT_TRUE(wants_websocket(head));
    EXPECT_EQ(websocket_status(head), 101);
}

TEST(WebSocketRequest, RefusesKeysThatAreNone) {
    for (const std::string key :
         {"", "x", "dGhlIHNhbXBsZSBub25jZQ", "dGhlIHNhbXBsZSBub25jZQ=", "dGhlIHNhbXBsZSBub25jZR==",
          "dGhlIHNhbXBsZSBub25jZQ===", "dGhlIHNhbXBsZSBub2 jZQ==", "dGhlIHNhbXBsZSBub2_jZQ==",
          "dGhlIHNhbXBsZSBub25jZQ==, dGhlIHNhbXBsZSBub25jZQ==", "dGhlIHNhbXBsZSBub25jZWQA"})
        EXPECT_EQ(websocket_status(websocket_request(key)), 400) << key;
    EXPECT_EQ(
        websocket_status(websocket_request(std::string(kExampleKey), "Sec-WebSocket-Key: x\r\n")),
        400);
}

TEST(WebSocketRequest, RefusesWhatIsNoRequestForOne) {
    const std::string key(kExampleKey);
    const std::string upgrade = "Connection: Upgrade\r\nUpgrade: websocket\r\n";
    EXPECT_EQ(websocket_status(websocket_request(key, "", "Upgrade: websocket\r\n")), 426);
    EXPECT_EQ(websocket_status(websocket_request(key, "", "Connection: Upgrade\r\n")), 426);
    EXPECT_EQ(
        websocket_status(websocket_request(key, "", "Connection: Upgrade\r\nUpgrade: h2c\r\n")),
        426);
    EXPECT_EQ(websocket_status(websocket_request(key, "", upgrade, "GET /ws HTTP/1.0")), 426);
    EXPECT_EQ(websocket_status(websocket_request(key, "", upgrade, "POST /ws HTTP/1.1")), 405);
    EXPECT_EQ(websocket_status(websocket_request(key, "Content-Length: 4\r\n")), 400);
    EXPECT_FALSE(wants_websocket(websocket_request(key, "Content-Length: 4\r\n")));
    EXPECT_EQ(websocket_status(websocket_request(key, "Transfer-Encoding: chunked\r\n")), 400);
    for (const std::string version : {"", "8", "12", "14", "13, 8", "013"})
        EXPECT_EQ(
            websocket_status(websocket_request(key, "", upgrade, "GET /ws HTTP/1.1", version)), 426)
            << version;
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
        const RequestHead head = websocket_request(std::string(kExampleKey), fields);
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
        return agrees_to_websocket(response_head(start + "\r\n" + fields + "\r\n"), kExampleKey);
    };
    const std::string upgrade = "Connection: upgrade\r\nUpgrade: WebSocket\r\n";
    const std::string accept = "Sec-WebSocket-Accept: " + std::string(kExampleAccept) + "\r\n";
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
