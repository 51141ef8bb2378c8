#include "http/response_reader.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/http/heads.h"
#include "tests/support/cuts.h"

namespace http {
namespace {

using namespace std::string_literals;
using test::response_head;

/// "200 OK HTTP/1.1 keep 5 fields" with the count of bytes taken in front, or "502".
std::string response_words_of(const test::Pieces& pieces, Method method) {
    ResponseReader reader(method);
    std::size_t taken = 0;
    for (const std::string_view piece : pieces) {
        if (reader.state() != ResponseReader::State::reading) break;
        taken += reader.feed(piece);
    }
    if (reader.state() == ResponseReader::State::reading) return "reading";
    if (reader.state() == ResponseReader::State::refused)
        return std::to_string(reader.refusal().status);
    const ResponseHead head = reader.take();
    return std::to_string(taken) + ": " + std::to_string(head.status()) + " " +
           std::string(head.reason()) + " HTTP/1." + std::to_string(head.minor_version()) +
           (head.keeps_alive() ? " keep " : " close ") + std::to_string(head.fields().size());
}

std::string response_words(const std::string& bytes, Method method = Method::get) {
    const std::string whole = response_words_of({bytes}, method);
    test::for_each_cut(bytes, [&](const test::Pieces& pieces) {
        EXPECT_EQ(response_words_of(pieces, method), whole) << bytes;
    });
    return whole;
}

BodyFraming response_body(const std::string& text, Method method = Method::get) {
    return response_head(text, method).body();
}

TEST(ResponseReader, ReadsAResponse) {
    EXPECT_EQ(response_words("HTTP/1.1 200 OK\r\nContent-Length: 4\r\nA: b\r\n\r\nbody"),
              "44: 200 OK HTTP/1.1 keep 2");
    EXPECT_EQ(response_words("HTTP/1.1 404 Not a \xc3\xa4\r\nContent-Length: 0\r\n\r\n"),
              "44: 404 Not a \xc3\xa4 HTTP/1.1 keep 1");
    EXPECT_EQ(response_words("HTTP/1.0 200 \r\n\r\n"), "17: 200  HTTP/1.0 close 0");
    EXPECT_EQ(response_words("HTTP/1.1 204\r\n\r\n"), "16: 204  HTTP/1.1 keep 0");
}

TEST(ResponseReader, RefusesStatusLinesThatAreNone) {
    for (const std::string line :
         {"HTTP/1.1", "HTTP/1.1 ", "HTTP/1.1 20", "HTTP/1.1 2000 OK", "HTTP/1.1 20x OK",
          "HTTP/1.1  200 OK", "HTTP/1.1 099 X", "HTTP/1.1 600 X", "HTTP/1.1 -20 X",
          "HTTP/2.0 200 OK", "HTTP/0.9 200 OK", "http/1.1 200 OK", "ICY 200 OK", "HTTP/1.1\t200 OK",
          "<html>", ""})
        EXPECT_EQ(response_words(line + "\r\nContent-Length: 0\r\n\r\n"), "502") << line;
}

TEST(ResponseReader, IsAsStrictAsForRequests) {
    for (const std::string& fields :
         {"A: b\nC: d\r\n"s, "A : b\r\n"s, "A: b\r\n c\r\n"s, "A: b\rc\r\n"s, "A: \0\r\n"s,
          "A\r\n"s, "Content-Length: 4\r\nContent-Length: 4\r\n"s, "Content-Length: 4, 4\r\n"s,
          "Content-Length: -1\r\n"s, "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n"s,
          "Transfer-Encoding: gzip, chunked\r\n"s, "Transfer-Encoding: gzip\r\n"s,
          "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"s})
        EXPECT_EQ(response_words("HTTP/1.1 200 OK\r\n" + fields + "\r\n"), "502") << fields;
    EXPECT_EQ(response_words("HTTP/1.1 200 OK\nContent-Length: 0\n\n"), "502");
    EXPECT_EQ(response_words("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"), "502");
    EXPECT_EQ(response_words("\r\nHTTP/1.1 200 OK\r\n\r\n"), "502");
}

TEST(ResponseReader, ReadsHowLongTheBodyIs) {
    const std::string length = "HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n";
    EXPECT_EQ(response_body(length), (BodyFraming{BodyKind::length, 7}));
    EXPECT_EQ(response_body(length, Method::head).kind, BodyKind::none);
    EXPECT_EQ(response_body("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n").kind,
              BodyKind::chunked);
    EXPECT_EQ(response_body("HTTP/1.1 200 OK\r\n\r\n").kind, BodyKind::until_close);
    for (const std::string status : {"100", "103", "204", "304"})
        EXPECT_EQ(response_body("HTTP/1.1 " + status + " X\r\nContent-Length: 7\r\n\r\n").kind,
                  BodyKind::none)
            << status;
}

TEST(ResponseReader, KnowsWhenTheConnectionEnds) {
    const auto keeps = [](const std::string& text) { return response_head(text).keeps_alive(); };
    EXPECT_TRUE(keeps("HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n"));
    EXPECT_FALSE(keeps("HTTP/1.1 200 OK\r\nContent-Length: 7\r\nConnection: close\r\n\r\n"));
    EXPECT_FALSE(keeps("HTTP/1.1 200 OK\r\n\r\n"));
    EXPECT_FALSE(keeps("HTTP/1.0 200 OK\r\nContent-Length: 7\r\n\r\n"));
}

TEST(ResponseReader, ReadsTheHeadBehindInterimOnes) {
    const std::string bytes =
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"
        "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    ResponseReader reader(Method::post);
    std::string_view rest = bytes;
    std::string seen;
    while (!rest.empty()) {
        rest.remove_prefix(reader.feed(rest));
        const ResponseHead head = reader.take();
        seen += std::to_string(head.status()) + (head.is_interim() ? "," : ".");
    }
    EXPECT_EQ(seen, "100,103,200.");
}

TEST(ResponseReader, DoesNotWaitForEver) {
    ResponseReader reader(Method::post);
    for (int i = 0; i < 100; ++i) {
        reader.feed("HTTP/1.1 102 Processing\r\n\r\n");
        ASSERT_EQ(reader.state(), ResponseReader::State::complete);
        reader.take();
    }
    reader.feed("HTTP/1.1 102 Processing\r\n\r\n");
    EXPECT_EQ(reader.state(), ResponseReader::State::refused);
}

TEST(ResponseReader, SeesAnUpgrade) {
    const ResponseHead head = response_head(
        "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
    EXPECT_TRUE(head.is_upgrade());
    EXPECT_FALSE(head.is_interim());
    EXPECT_EQ(head.body().kind, BodyKind::none);
}

}  // namespace
}  // namespace http
