// Aim: only pages that may connect do, and they can read what comes.

#include "proxy/web/origins.h"

#include <gtest/gtest.h>

#include "http/request_reader.h"

namespace proxy {
namespace {

http::RequestHead request(const std::string& fields) {
    static const http::HeadLimits limits;
    http::RequestReader reader(limits);
    reader.feed("POST /http-bind HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n");
    EXPECT_EQ(reader.state(), http::RequestReader::State::complete);
    return reader.take();
}

bool is_allowed(const std::string& fields,
                std::vector<std::string> origins = {"https://chat.example.org"}) {
    conf::Web web;
    web.origins = std::move(origins);
    return is_origin_allowed(web, request(fields).fields());
}

TEST(Origins, N21_AbsentIsAllowedAndPresentMustMatch) {
    EXPECT_TRUE(is_allowed(""));
    EXPECT_TRUE(is_allowed("Origin: https://chat.example.org\r\n"));
    for (const char* other : {"https://chat.example.org.evil.example", "http://chat.example.org",
                              "https://chat.example.org:8443", "null", "https://example.org", ""})
        EXPECT_FALSE(is_allowed("Origin: " + std::string(other) + "\r\n")) << other;
    EXPECT_FALSE(
        is_allowed("Origin: https://chat.example.org\r\nOrigin: https://chat.example.org\r\n"));
    EXPECT_TRUE(is_allowed("Origin: https://any.example\r\n", {}));
}

TEST(Origins, N19_APageOfAnotherOriginCanReadTheAnswer) {
    const auto fields = cors_fields("https://a.example");
    ASSERT_EQ(fields.size(), 3U);
    EXPECT_EQ(fields[0], (http::HeadField{"Access-Control-Allow-Origin", "https://a.example"}));
    EXPECT_EQ(fields[1], (http::HeadField{"Access-Control-Allow-Credentials", "true"}));
    EXPECT_EQ(fields[2], (http::HeadField{"Vary", "Origin"}));
    EXPECT_TRUE(cors_fields("").empty());
    const auto preflight = preflight_fields("https://a.example");
    EXPECT_EQ(preflight.back(), (http::HeadField{"Access-Control-Max-Age", "86400"}));
    EXPECT_EQ(preflight_fields("").size(), 3U);
}

}  // namespace
}  // namespace proxy
