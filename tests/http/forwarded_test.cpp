#include "http/forwarded.h"

#include <gtest/gtest.h>

#include <string>

#include "http/client_address.h"
#include "tests/http/heads.h"

namespace http {
namespace {

using test::request_head;
using test::response_head;

core::Endpoint client_at(std::string_view text) {
    return core::Endpoint::from_address(text, 50'122).value();
}

const std::string kClientFields =
    "Forwarded: for=192.0.2.7;host=\"a.example:443\";proto=https\r\nX-Forwarded-For: 192.0.2.7\r\n"
    "X-Forwarded-Proto: https\r\nX-Forwarded-Host: a.example:443\r\n";

/// `fields` of a request on their way through, without what we always add.
std::string forwarded(const std::string& fields, const std::string& start = "GET /u/x?y=z") {
    std::string head = write_forwarded_request(
        request_head(start + " HTTP/1.1\r\nHost: a.example:443\r\n" + fields + "\r\n"),
        {.client = client_at("192.0.2.7"), .is_tls = true, .keeps_backend = true});
    const std::string front = start + " HTTP/1.1\r\nHost: a.example:443\r\n";
    EXPECT_TRUE(head.starts_with(front)) << head;
    head.erase(0, front.size());
    const auto at = head.find(kClientFields);
    if (at == std::string::npos) return "not ours: " + head;
    return head.erase(at, kClientFields.size());
}

TEST(ForwardedRequest, KeepsWhatIsOfTheRequest) {
    EXPECT_EQ(forwarded("Cookie: a=b\r\naccept: x\r\nAccept: y\r\nX-Empty:\r\n"),
              "Cookie: a=b\r\naccept: x\r\nAccept: y\r\nX-Empty: \r\n\r\n");
}

TEST(ForwardedRequest, SaysItselfWhoTheClientIs) {
    EXPECT_EQ(
        forwarded("X-Forwarded-For: 10.0.0.1\r\nx-forwarded-proto: http\r\n"
                  "X-FORWARDED-HOST: evil\r\nX-Forwarded-Prefix: /x\r\nForwarded: for=1.2.3.4\r\n"
                  "X-Real-IP: 1.2.3.4\r\nX_Forwarded_For: 1.2.3.4\r\nX-Forwarded_Host: evil\r\n"
                  "X-Original-URL: /admin\r\nX-Rewrite-URL: /admin\r\n"),
        "\r\n");
    const RequestHead head = request_head("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    const std::string v6 = write_forwarded_request(head, {.client = client_at("2001:db8::7")});
    EXPECT_NE(v6.find("Forwarded: for=\"[2001:db8::7]\";host=\"a\";proto=http\r\n"
                      "X-Forwarded-For: 2001:db8::7\r\nX-Forwarded-Proto: http\r\n"),
              v6.npos)
        << v6;
}

TEST(ForwardedRequest, DropsWhatIsOfOneConnection) {
    EXPECT_EQ(forwarded("Connection: keep-alive, X-Mine\r\nConnection: te\r\nKeep-Alive: 5\r\n"
                        "X-Mine: 1\r\nTE: trailers\r\nTrailer: a\r\nProxy-Connection: x\r\n"
                        "Proxy-Authorization: y\r\nUpgrade: h2c\r\nHTTP2-Settings: z\r\nB: c\r\n"),
              "B: c\r\n\r\n");
    // Nobody can have dropped what we say.
    EXPECT_EQ(forwarded("Connection: Host, X-Forwarded-For, Forwarded, Content-Length\r\n"
                        "Content-Length: 4\r\n",
                        "POST /"),
              "Content-Length: 4\r\n\r\n");
}

TEST(ForwardedRequest, SaysOnceHowLongTheBodyIs) {
    EXPECT_EQ(forwarded("content-length:  4\r\nContent_Length: 5\r\nTransfer_Encoding: chunked\r\n",
                        "POST /"),
              "Content-Length: 4\r\n\r\n");
    EXPECT_EQ(forwarded("Transfer-Encoding: CHUNKED\r\nExpect: 100-Continue\r\n", "PUT /"),
              "Transfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n");
}

TEST(ForwardedRequest, UpgradesToWhatIsLetThrough) {
    const RequestHead head = request_head(
        "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: h2c, websocket\r\n"
        "Sec-WebSocket-Key: k\r\n\r\n");
    const std::string upgraded =
        write_forwarded_request(head, {.client = client_at("192.0.2.7"), .upgrade = "websocket"});
    EXPECT_TRUE(upgraded.ends_with("Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n"))
        << upgraded;
    EXPECT_NE(upgraded.find("Sec-WebSocket-Key: k\r\n"), upgraded.npos);
    const std::string plain = write_forwarded_request(head, {.client = client_at("192.0.2.7")});
    EXPECT_TRUE(plain.ends_with("X-Forwarded-Host: a\r\nConnection: close\r\n\r\n")) << plain;
}

TEST(ForwardedRequest, BecomesHttp11) {
    const std::string head =
        write_forwarded_request(request_head("GET / HTTP/1.0\r\n\r\n"),
                                {.client = client_at("192.0.2.7"), .keeps_backend = true});
    EXPECT_EQ(head,
              "GET / HTTP/1.1\r\nHost: \r\nForwarded: for=192.0.2.7;proto=http\r\n"
              "X-Forwarded-For: 192.0.2.7\r\nX-Forwarded-Proto: http\r\n\r\n");
}

TEST(ForwardedRequest, IsReadAsItWasWritten) {
    const RequestHead head =
        request_head("POST /a?b HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nX: y\r\n\r\n");
    const RequestHead again =
        request_head(write_forwarded_request(head, {.client = client_at("192.0.2.7")}));
    EXPECT_EQ(again.target(), head.target());
    EXPECT_EQ(again.body(), head.body());
    EXPECT_EQ(again.fields().only("x"), "y");
}

std::string answered(const std::string& text, const AnsweredClient& client,
                     Method method = Method::get) {
    return write_forwarded_response(response_head(text, method), client).head;
}

TEST(ForwardedResponse, KeepsWhatIsOfTheResponse) {
    const std::string text =
        "HTTP/1.1 200 Fine\r\nSet-Cookie: a\r\nSet-Cookie: b\r\nConnection: close, X-Mine\r\n"
        "X-Mine: c\r\nKeep-Alive: 5\r\nUpgrade: h2c\r\nContent-Length: 4\r\n\r\n";
    EXPECT_EQ(answered(text, {}),
              "HTTP/1.1 200 Fine\r\nSet-Cookie: a\r\nSet-Cookie: b\r\nContent-Length: 4\r\n\r\n");
    EXPECT_TRUE(answered(text, {.keeps_alive = false}).ends_with("4\r\nConnection: close\r\n\r\n"));
}

TEST(ForwardedResponse, ChunksABodyWithoutALength) {
    for (const std::string text : {"HTTP/1.1 200 OK\r\n\r\n", "HTTP/1.0 200 OK\r\n\r\n",
                                   "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"}) {
        const auto modern = write_forwarded_response(response_head(text), {});
        EXPECT_EQ(modern.head, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
        EXPECT_EQ(modern.body.kind, BodyKind::chunked);
        EXPECT_TRUE(modern.keeps_alive);
        const auto old = write_forwarded_response(response_head(text), {.minor_version = 0});
        EXPECT_EQ(old.head, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n");
        EXPECT_EQ(old.body.kind, BodyKind::until_close);
        EXPECT_FALSE(old.keeps_alive);
    }
}

TEST(ForwardedResponse, NamesTheLengthOfABodyThatDoesNotCome) {
    const std::string text = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n";
    EXPECT_EQ(answered(text, {}, Method::head), text);
    EXPECT_EQ(answered("HTTP/1.1 304 N\r\nContent-Length: 4\r\n\r\n", {}),
              "HTTP/1.1 304 N\r\nContent-Length: 4\r\n\r\n");
    EXPECT_EQ(answered("HTTP/1.1 204 N\r\nContent-Length: 0\r\n\r\n", {}),
              "HTTP/1.1 204 N\r\n\r\n");
}

TEST(ForwardedResponse, PassesInterimHeadsToWhoUnderstandsThem) {
    const std::string text = "HTTP/1.1 100 Continue\r\n\r\n";
    EXPECT_EQ(answered(text, {.keeps_alive = false}), text);
    EXPECT_EQ(answered(text, {.minor_version = 0}), "");
}

TEST(ForwardedResponse, PassesAnUpgrade) {
    const std::string text =
        "HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Accept: x\r\nConnection: Upgrade\r\n"
        "Upgrade: websocket\r\n\r\n";
    EXPECT_EQ(answered(text, {.keeps_alive = false}), text);
}

TEST(ClientAddress, IsTheNearestThatIsNotTrusted) {
    const auto trusts = [](const core::Endpoint& endpoint) {
        return endpoint.address_text().starts_with("10.");
    };
    const auto client = [&](const std::string& fields, std::string_view peer) {
        const RequestHead head = request_head("GET / HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n");
        return client_behind(head.fields(), client_at(peer), trusts).address_text();
    };
    EXPECT_EQ(client("X-Forwarded-For: 1.1.1.1\r\n", "192.0.2.7"), "192.0.2.7");
    EXPECT_EQ(client("X-Forwarded-For: 1.1.1.1\r\n", "10.0.0.1"), "1.1.1.1");
    EXPECT_EQ(client("X-Forwarded-For: 9.9.9.9, 1.1.1.1, 10.0.0.2\r\n", "10.0.0.1"), "1.1.1.1");
    EXPECT_EQ(client("X-Forwarded-For: 9.9.9.9\r\nx-forwarded-for: 1.1.1.1\r\n", "10.0.0.1"),
              "1.1.1.1");
    EXPECT_EQ(client("X-Forwarded-For: 10.0.0.3, 10.0.0.2\r\n", "10.0.0.1"), "10.0.0.3");
    EXPECT_EQ(client("X-Forwarded-For: [2001:db8::7]:5\r\n", "10.0.0.1"), "2001:db8::7");
    EXPECT_EQ(client("X-Forwarded-For: 1.1.1.1, nonsense\r\n", "10.0.0.1"), "10.0.0.1");
    EXPECT_EQ(client("", "10.0.0.1"), "10.0.0.1");
}

TEST(ClientAddress, HearsOfTlsFromTheNearestProxy) {
    const auto https = [](const std::string& value) {
        return says_https(
            request_head("GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-Proto: " + value + "\r\n\r\n")
                .fields());
    };
    EXPECT_TRUE(https("HTTPS"));
    EXPECT_TRUE(https("http, wss"));
    EXPECT_FALSE(https("https, http"));
    EXPECT_FALSE(https(""));
}

}  // namespace
}  // namespace http
