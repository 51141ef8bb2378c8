#include "http/response.h"

#include <gtest/gtest.h>

#include <array>

#include "http/date.h"
#include "http/error_page.h"

namespace http {
namespace {

TEST(ResponseWriter, WritesAHead) {
    EXPECT_EQ(ResponseWriter(200).field("Content-Type", "text/xml").content_length(12).finish(),
              "HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: 12\r\n\r\n");
    EXPECT_EQ(
        ResponseWriter(404, "Gone fishing").chunked().close().finish(),
        "HTTP/1.1 404 Gone fishing\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n");
}

TEST(ResponseWriter, LetsNobodyAddAField) {
    const std::string head =
        ResponseWriter(200, "a\r\nX: y")
            .field("Origin", std::string_view("b\r\nSet-Cookie: c\n\0\x7f", 19))
            .finish();
    EXPECT_EQ(head, "HTTP/1.1 200 a  X: y\r\nOrigin: b  Set-Cookie: c   \r\n\r\n");
}

TEST(DateText, IsWrittenAsTheStandardShowsIt) {
    DateText date;
    EXPECT_EQ(date.at(784111777), "Sun, 06 Nov 1994 08:49:37 GMT");
    EXPECT_EQ(date.at(784111777), "Sun, 06 Nov 1994 08:49:37 GMT");
    EXPECT_EQ(date.at(951782400), "Tue, 29 Feb 2000 00:00:00 GMT");
}

TEST(ErrorPage, SaysWhyNotInOneLine) {
    const std::array<HeadField, 1> allow{{{"Allow", "GET, POST"}}};
    EXPECT_EQ(write_error_page(
                  {.why = {405, "Only GET and POST are allowed."}, .date = "now", .fields = allow}),
              "HTTP/1.1 405 Method Not Allowed\r\nDate: now\r\n"
              "Content-Type: text/plain; charset=utf-8\r\nCache-Control: no-store\r\n"
              "X-Content-Type-Options: nosniff\r\nContent-Length: 55\r\nAllow: GET, POST\r\n"
              "Connection: close\r\n\r\n"
              "405 Method Not Allowed: Only GET and POST are allowed.\n");
}

TEST(ErrorPage, HasNoBodyForHead) {
    const std::string page = write_error_page(
        {.why = {404, ""}, .date = "now", .fields = {}, .is_to_head = true, .keeps_alive = true});
    EXPECT_TRUE(page.ends_with("Content-Length: 14\r\n\r\n")) << page;
    EXPECT_EQ(page.find("Connection"), std::string::npos);
}

}  // namespace
}  // namespace http
