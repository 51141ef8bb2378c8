#include "http/request_reader.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "tests/support/cuts.h"

namespace http {
namespace {

using namespace std::string_literals;

constexpr HeadLimits kTestedLimits;

std::string framing_words(const BodyFraming& body) {
    switch (body.kind) {
        case BodyKind::none: return "none";
        case BodyKind::length: return std::to_string(body.length);
        case BodyKind::chunked: return "chunked";
        case BodyKind::until_close: return "until close";
    }
    return {};
}

/// "GET /a?b HTTP/1.1 host=h body=none keep|name=value|..." or "400 reason", with the count of
/// bytes taken in front.
std::string request_words_of(const test::Pieces& pieces, const HeadLimits& limits = kTestedLimits) {
    RequestReader reader(limits);
    std::size_t taken = 0;
    for (const std::string_view piece : pieces) {
        if (reader.state() != RequestReader::State::reading) break;
        taken += reader.feed(piece);
    }
    std::string words = std::to_string(taken) + ": ";
    if (reader.state() == RequestReader::State::reading) return words + "reading";
    if (reader.state() == RequestReader::State::refused)
        return words + std::to_string(reader.refusal().status) + " " +
               std::string(reader.refusal().reason);
    const RequestHead head = reader.take();
    words.append(to_string(head.method())).append(" ").append(head.target());
    words.append(" HTTP/1.").append(std::to_string(head.minor_version()));
    words.append(" host=").append(head.host()).append(" body=").append(framing_words(head.body()));
    words.append(head.keeps_alive() ? " keep" : " close");
    for (const HeadField field : head.fields())
        words.append("|").append(field.name).append("=").append(field.value);
    return words;
}

/// The outcome, the same for every cut.
std::string request_words(const std::string& bytes, const HeadLimits& limits = kTestedLimits) {
    const std::string whole = request_words_of({bytes}, limits);
    test::for_each_cut(bytes, [&](const test::Pieces& pieces) {
        EXPECT_EQ(request_words_of(pieces, limits), whole) << bytes;
    });
    return whole;
}

std::string request_status(const std::string& bytes) {
    const std::string words = request_words(bytes);
    return words.substr(words.find(' ') + 1, 3);
}

RequestHead accepted(const std::string& bytes) {
    RequestReader reader(kTestedLimits);
    reader.feed(bytes);
    EXPECT_EQ(reader.state(), RequestReader::State::complete) << bytes;
    return reader.take();
}

std::string get(const std::string& fields) {
    return "GET /x HTTP/1.1\r\nHost: a.example\r\n" + fields + "\r\n";
}

std::string post(const std::string& fields) {
    return "POST /x HTTP/1.1\r\nHost: a.example\r\n" + fields + "\r\nbody";
}

std::string with_target(const std::string& text) {
    return "GET " + text + " HTTP/1.1\r\nHost: a.example\r\n\r\n";
}

TEST(RequestReader, ReadsARequest) {
    EXPECT_EQ(request_words(
                  "GET /a/b?c=d HTTP/1.1\r\nHost: a.example:8443\r\nX-Empty:\r\nX-Blanks: \t b c "
                  "\t\r\n\r\nleft"),
              "76: GET /a/b?c=d HTTP/1.1 host=a.example:8443 body=none keep|Host=a.example:8443|"
              "X-Empty=|X-Blanks=b c");
}

TEST(RequestReader, GivesThePartsOfARequest) {
    const RequestHead head = accepted(
        "POST /http-bind?x=1?2 HTTP/1.1\r\nhost: [2001:db8::1]:443\r\nContent-LENGTH: 12\r\n"
        "Accept: a\r\naccept: b\r\n\r\n");
    EXPECT_EQ(head.method(), Method::post);
    EXPECT_EQ(head.path(), "/http-bind");
    EXPECT_EQ(head.query(), "x=1?2");
    EXPECT_EQ(head.host(), "[2001:db8::1]:443");
    EXPECT_EQ(head.host_name(), "[2001:db8::1]");
    EXPECT_EQ(head.body(), (BodyFraming{BodyKind::length, 12}));
    EXPECT_EQ(head.fields().count("ACCEPT"), 2u);
    EXPECT_EQ(head.fields().find("Accept"), "a");
    EXPECT_EQ(head.fields().only("Accept"), std::nullopt);
    EXPECT_EQ(head.fields().only("content-length"), "12");
    EXPECT_EQ(head.fields().find("Origin"), std::nullopt);
}

TEST(RequestReader, SurvivesAMove) {
    RequestHead head = accepted("GET / HTTP/1.0\r\n\r\n");
    const RequestHead moved = std::move(head);
    EXPECT_EQ(moved.target(), "/");
    EXPECT_EQ(moved.query(), "");
    EXPECT_EQ(moved.host(), "");
    EXPECT_EQ(moved.host_name(), "");
}

TEST(RequestReader, ReadsOneRequestBehindAnother) {
    const std::string bytes = get("A: 1\r\n") + get("A: 2\r\n");
    RequestReader reader(kTestedLimits);
    EXPECT_FALSE(reader.has_begun());
    const std::size_t first = reader.feed(bytes);
    EXPECT_EQ(first, bytes.size() / 2);
    EXPECT_EQ(reader.take().fields().find("a"), "1");
    EXPECT_FALSE(reader.has_begun());
    reader.feed(std::string_view(bytes).substr(first, 5));
    EXPECT_TRUE(reader.has_begun());
    reader.feed(std::string_view(bytes).substr(first + 5));
    EXPECT_EQ(reader.take().fields().find("a"), "2");
}

TEST(RequestReader, DropsOneEmptyLineInFront) {
    EXPECT_EQ(request_words("\r\n" + get("")),
              "38: GET /x HTTP/1.1 host=a.example body=none keep|Host=a.example");
    EXPECT_EQ(request_words("\r\n\r\n" + get("")), "2: 400 This is not HTTP.");
    EXPECT_EQ(request_status("\n" + get("")), "400");
}

TEST(RequestReader, KnowsTheMethods) {
    for (const std::string method : {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
        EXPECT_EQ(to_string(accepted(method + " / HTTP/1.1\r\nHost: a\r\n\r\n").method()), method);
    for (const std::string method :
         {"TRACE", "CONNECT", "PROPFIND", "get", "GETS", "BREW", "M-SEARCH"})
        EXPECT_EQ(request_status(method + " / HTTP/1.1\r\nHost: a\r\n\r\n"), "501") << method;
    EXPECT_EQ(request_status("G(T / HTTP/1.1\r\nHost: a\r\n\r\n"), "400");
}

TEST(RequestReader, AnswersOtherVersionsWithTheirFirstLine) {
    EXPECT_EQ(request_words("GET /\r\n"), "7: 400 This is no request line.");
    EXPECT_EQ(request_words("GET / HTTP/0.9\r\n").substr(0, 7), "16: 505");
    EXPECT_EQ(request_words("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").substr(0, 7), "16: 505");
    for (const std::string version : {"HTTP/1.2", "HTTP/2.0", "HTTP/3.0"})
        EXPECT_EQ(request_status("GET / " + version + "\r\nHost: a\r\n\r\n"), "505") << version;
    for (const std::string version :
         {"http/1.1", "HTTP/1", "HTTP/1.10", "HTTP/01.1", "XTTP/1.1", ""})
        EXPECT_EQ(request_status("GET / " + version + "\r\nHost: a\r\n\r\n"), "400") << version;
}

TEST(RequestReader, RefusesWhatIsNoHttpWithItsFirstByte) {
    EXPECT_EQ(request_words("\x16\x03\x01"), "0: 400 This is not HTTP.");
    EXPECT_EQ(request_words("<stream:stream"), "0: 400 This is not HTTP.");
    EXPECT_EQ(request_words(" GET / HTTP/1.1\r\n"), "0: 400 This is not HTTP.");
}

TEST(RequestReader, RefusesOddRequestLines) {
    for (const std::string line :
         {"GET  / HTTP/1.1", "GET /  HTTP/1.1", "GET / HTTP/1.1 ", "GET\t/ HTTP/1.1", "GET /",
          "GET / a HTTP/1.1", "GET/ HTTP/1.1", "GET / HTTP/1.1\rX", "GET / HTTP/1.1\n"})
        EXPECT_EQ(request_status(line + "\r\nHost: a\r\n\r\n"), "400") << line;
}

TEST(RequestReader, RefusesLineEndsThatAreNone) {
    EXPECT_EQ(request_status("GET / HTTP/1.1\nHost: a\n\n"), "400");
    EXPECT_EQ(request_status("GET / HTTP/1.1\r\nHost: a\n\r\n"), "400");
    EXPECT_EQ(request_status(get("A: b\rC: d\r\n")), "400");
    EXPECT_EQ(request_status(get("A: b\r\r\n")), "400");
    EXPECT_EQ(request_status("GET / HTTP/1.1\r\nHost: a\r\n\n"), "400");
    EXPECT_EQ(request_status("GET / HTTP/1.1\r\nHost: a\r\n\rX"), "400");
}

TEST(RequestReader, RefusesFoldedFields) {
    EXPECT_TRUE(request_words(get("A: b\r\n c\r\n"))
                    .ends_with("400 A header field may not go on in another line."));
    EXPECT_EQ(request_status(get("A: b\r\n\tTransfer-Encoding: chunked\r\n")), "400");
    EXPECT_EQ(request_status("GET / HTTP/1.1\r\n Host: a\r\n\r\n"), "400");
}

TEST(RequestReader, RefusesBytesThatNoFieldMayHold) {
    for (const char byte : "\0\x01\x08\x0b\x0c\x1b\x7f"s) {
        const std::string one(1, byte);
        EXPECT_EQ(request_status(get("A: b" + one + "c\r\n")), "400") << int{byte};
        EXPECT_EQ(request_status(get("A" + one + ": b\r\n")), "400") << int{byte};
        EXPECT_EQ(request_status(get(one + "A: b\r\n")), "400") << int{byte};
        EXPECT_EQ(request_status(with_target("/" + one)), "400") << int{byte};
    }
    EXPECT_EQ(accepted(get("A: \xc3\xa4\xff\r\n")).fields().find("A"), "\xc3\xa4\xff");
}

TEST(RequestReader, RefusesNamesThatAreNone) {
    for (const std::string field :
         {"A : b", "A\t: b", ": b", "A", "A b: c", "A(b): c", "\xc3\xa4: b", "A\"b: c", "{}: b"})
        EXPECT_EQ(request_status(get(field + "\r\n")), "400") << field;
    EXPECT_EQ(request_status(get("Content-Length : 5\r\n")), "400");
    EXPECT_EQ(request_status(get("Transfer-Encoding\t: chunked\r\n")), "400");
}

TEST(RequestReader, ReadsHowLongTheBodyIs) {
    EXPECT_EQ(accepted(get("")).body().kind, BodyKind::none);
    EXPECT_EQ(accepted(post("Content-Length: 0\r\n")).body(), (BodyFraming{BodyKind::length, 0}));
    EXPECT_EQ(accepted(post("Content-Length: 999999999999999999\r\n")).body(),
              (BodyFraming{BodyKind::length, 999'999'999'999'999'999}));
    EXPECT_EQ(accepted(post("transfer-encoding: Chunked \r\n")).body().kind, BodyKind::chunked);
}

TEST(RequestReader, RefusesLengthsThatAreOddOrSeveral) {
    for (const std::string value :
         {"", "-1", "+4", "0x4", "4,4", "4, 4", "4 4", "04", "00", "4.0", "4;a", "1e3", "\xb2",
          "1000000000000000000", "18446744073709551620", "chunked"})
        EXPECT_EQ(request_status(post("Content-Length: " + value + "\r\n")), "400") << value;
    EXPECT_EQ(request_status(post("Content-Length: 4\r\nContent-Length: 4\r\n")), "400");
    EXPECT_EQ(request_status(post("Content-Length: 4\r\nCONTENT-LENGTH: 5\r\n")), "400");
}

TEST(RequestReader, RefusesALengthTogetherWithACoding) {
    EXPECT_EQ(request_status(post("Content-Length: 4\r\nTransfer-Encoding: chunked\r\n")), "400");
    EXPECT_EQ(request_status(post("Transfer-Encoding: chunked\r\nContent-Length: 4\r\n")), "400");
    EXPECT_EQ(request_status(post("Transfer-Encoding: identity\r\nContent-Length: 4\r\n")), "400");
}

TEST(RequestReader, RefusesCodingsThatAreOddOrSeveral) {
    for (const std::string value : {"gzip", "identity", "xchunked", "chunke", "'chunked'"})
        EXPECT_EQ(request_status(post("Transfer-Encoding: " + value + "\r\n")), "501") << value;
    // Which of the two statuses depends on the version of llhttp.
    for (const std::string value : {"", "gzip, chunked", "chunked, gzip", "chunked, chunked",
                                    "chunked;q=1", "chunked,", ", chunked", "\"chunked\""}) {
        const std::string status = request_status(post("Transfer-Encoding: " + value + "\r\n"));
        EXPECT_TRUE(status == "400" || status == "501") << value << " " << status;
    }
    EXPECT_EQ(request_status(post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n")),
              "400");
    EXPECT_EQ(request_status(post("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n")),
              "400");
    EXPECT_EQ(request_status("POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"),
              "400");
}

TEST(RequestReader, WantsOneHost) {
    EXPECT_EQ(request_status("GET / HTTP/1.1\r\n\r\n"), "400");
    EXPECT_EQ(request_status("GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n"), "400");
    EXPECT_EQ(request_status("GET / HTTP/1.1\r\nHost: a\r\nhost: b\r\n\r\n"), "400");
    EXPECT_EQ(request_status("GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n"), "400");
    EXPECT_EQ(request_words("GET / HTTP/1.0\r\n\r\n"), "18: GET / HTTP/1.0 host= body=none close");
}

TEST(RequestReader, RefusesHostsThatAreNone) {
    for (const std::string host :
         {"",   "a b",    "a,b",     "a/b",      "a@b",   "a?b",     "a#b",  "a\\b",
          "a:", "a:0",    "a:65536", "a:1x",     "a:1:2", ":80",     "[::1", "::1",
          "[]", "[::1]x", "[::g]",   "http://a", "a%00b", "\xc3\xa4"})
        EXPECT_EQ(request_status("GET / HTTP/1.1\r\nHost: " + host + "\r\n\r\n"), "400") << host;
    for (const std::string host :
         {"a", "a.example.", "a_b:1", "A-1.example:65535", "127.0.0.1:80", "[::1]"})
        EXPECT_EQ(accepted("GET / HTTP/1.1\r\nHost: " + host + "\r\n\r\n").host(), host);
}

TEST(RequestReader, RefusesTargetsThatAreNoPath) {
    for (const std::string text :
         {"http://a.example/", "https://a.example/x", "a.example:443", "*", "x", "?x", "/x#y", "#"})
        EXPECT_EQ(request_status(with_target(text)), "400") << text;
    EXPECT_EQ(accepted("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n").path(), "*");
}

TEST(RequestReader, RefusesPathsThatServersReadInSeveralWays) {
    for (const std::string text : {"/..",         "/../",
                                   "/a/../b",     "/a/..",
                                   "/./a",        "/a/.",
                                   "/%2e%2e/a",   "/a/%2E%2e",
                                   "/a/.%2e/b",   "/a/%2e/",
                                   "/..;/a",      "/a/..;x=y/b",
                                   "/a/..%3bx/b", "/.;a",
                                   "/a%2fb",      "/a%2Fb",
                                   "/a%5cb",      "/a\\b",
                                   "/a?b\\c",     "/%00",
                                   "/a%0d%0ab",   "/a%7f",
                                   "/%",          "/%2",
                                   "/%zz",        "/%u002e%u002e/a",
                                   "/\xc3\xa4",   "/%c0%ae%c0%ae/a",
                                   "/%c0%af",     "/%ff",
                                   "/%c3",        "/a\"b",
                                   "/<a>"})
        EXPECT_EQ(request_status(with_target(text)), "400") << text;
}

TEST(RequestReader, TakesPathsThatAreOnlyUnusual) {
    for (const std::string text :
         {"/", "//", "/...", "/..a", "/a..", "/.well-known/host-meta", "/a;b=c/d", "/%C3%A4.png",
          "/%20", "/a?../..", "/a?%2f%2e", "/a?b=%", "/a?", "/a?b|c^`{}[]", "/%252e%252e/",
          "/a'b(c)", "/~a@b:c"})
        EXPECT_EQ(accepted(with_target(text)).target(), text);
}

TEST(RequestReader, KeepsTheConnectionUnlessToldOtherwise) {
    EXPECT_TRUE(accepted(get("")).keeps_alive());
    EXPECT_TRUE(accepted(get("Connection: keep-alive\r\n")).keeps_alive());
    EXPECT_FALSE(accepted(get("Connection: x, Close\r\n")).keeps_alive());
    EXPECT_FALSE(accepted(get("Connection: x\r\nConnection: close\r\n")).keeps_alive());
    EXPECT_FALSE(
        accepted("GET / HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n\r\n").keeps_alive());
}

TEST(RequestReader, SeesAnUpgrade) {
    const std::string fields = "Connection: keep-alive, Upgrade\r\nUpgrade: foo/1, WebSocket\r\n";
    EXPECT_TRUE(accepted(get(fields)).wants_upgrade("websocket"));
    EXPECT_FALSE(accepted(get(fields)).wants_upgrade("h2c"));
    EXPECT_FALSE(accepted(get("Upgrade: websocket\r\n")).wants_upgrade("websocket"));
    EXPECT_FALSE(
        accepted("GET / HTTP/1.0\r\nHost: a\r\n" + fields + "\r\n").wants_upgrade("websocket"));
}

TEST(RequestReader, KnowsOneExpectation) {
    EXPECT_TRUE(accepted(post("Expect: 100-Continue\r\nContent-Length: 4\r\n")).expects_continue());
    EXPECT_FALSE(accepted(post("Expect: 100-continue\r\n")).expects_continue());
    EXPECT_FALSE(accepted("POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n")
                     .expects_continue());
    EXPECT_EQ(request_status(post("Expect: 200-ok\r\n")), "417");
    EXPECT_EQ(request_status(post("Expect: 100-continue\r\nExpect: 100-continue\r\n")), "417");
}

TEST(RequestReader, BoundsTheHead) {
    const HeadLimits limits{.bytes = 100, .start_line = 30, .fields = 3};
    const auto with_line = [](std::size_t bytes) {
        return "GET /" + std::string(bytes - 14, 'x') + " HTTP/1.1\r\nHost: a\r\n\r\n";
    };
    EXPECT_EQ(request_words(with_line(30), limits).substr(4, 3), "GET");
    EXPECT_EQ(request_words(with_line(31), limits).substr(0, 7), "30: 414");
    const auto with_bytes = [](std::size_t bytes) {
        return "GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(bytes - 32, 'x') + "\r\n\r\n";
    };
    EXPECT_EQ(request_words(with_bytes(100), limits).substr(5, 3), "GET");
    EXPECT_EQ(request_words(with_bytes(101), limits).substr(0, 8), "100: 431");
    EXPECT_EQ(request_words("GET / HTTP/1.1\r\nHost: a\r\nb:\r\nc:\r\n\r\n", limits).substr(4, 3),
              "GET");
    EXPECT_EQ(
        request_words("GET / HTTP/1.1\r\nHost: a\r\nb:\r\nc:\r\nd:\r\n\r\n", limits).substr(4, 3),
        "431");
}

TEST(RequestReader, HasTheLimitsThatAreDocumented) {
    EXPECT_EQ(kTestedLimits.bytes, 16384u);
    EXPECT_EQ(kTestedLimits.fields, 100u);
    std::string fields;
    for (int i = 0; i < 99; ++i) fields += "A: b\r\n";
    EXPECT_EQ(accepted(get(fields)).fields().size(), 100u);
    EXPECT_EQ(request_status(get(fields + "A: b\r\n")), "431");
    EXPECT_EQ(request_status(get("A: " + std::string(17'000, 'x') + "\r\n")), "431");
    EXPECT_EQ(request_status(with_target("/" + std::string(9'000, 'x'))), "414");
}

}  // namespace
}  // namespace http
