// Aim: addresses of the web as browsers write them, and paths that all servers read alike.

#include "conf/web_address.h"

#include <gtest/gtest.h>

namespace conf {
namespace {

std::string as_read(std::string_view text) {
    const auto address = parse_web_address(text);
    return address ? address->origin() + '|' + address->path : "none";
}

TEST(WebAddress, IsReadInTheFormOfBrowsers) {
    EXPECT_EQ(as_read("https://chat.example.org"), "https://chat.example.org|");
    EXPECT_EQ(as_read("HTTPS://Chat.Example.ORG:443/"), "https://chat.example.org|/");
    EXPECT_EQ(as_read("http://chat.example.org:80"), "http://chat.example.org|");
    EXPECT_EQ(as_read("https://chat.example.org:80"), "https://chat.example.org:80|");
    EXPECT_EQ(as_read("https://chat.example.org:8443/a?b#c"),
              "https://chat.example.org:8443|/a?b#c");
    EXPECT_EQ(as_read("https://b\xC3\xBC"
                      "cher.example"),
              "https://xn--bcher-kva.example|");
    EXPECT_EQ(as_read("https://192.0.2.1:5443"), "https://192.0.2.1:5443|");
    EXPECT_EQ(as_read("https://[2001:DB8::1]:5443"), "https://[2001:db8::1]:5443|");
    EXPECT_EQ(as_read("https://[2001:db8::1]"), "https://[2001:db8::1]|");
    EXPECT_EQ(as_read("capacitor://localhost"), "capacitor://localhost|");
    EXPECT_EQ(as_read("chrome-extension://abcdef"), "chrome-extension://abcdef|");
}

TEST(WebAddress, IsNothingElse) {
    for (const char* wrong :
         {"", "null", "*", "chat.example.org", "https:chat.example.org", "https://", "https:///x",
          "https://a b", "https://*.example.org", "https://user@example.org",
          "https://a.example:", "https://a.example:0", "https://a.example:65536",
          "https://2001:db8::1", "1s://a.example", "ht tp://a.example", "://a.example"}) {
        EXPECT_EQ(as_read(wrong), "none") << wrong;
    }
}

TEST(WebPath, MayBeServedWhenAllServersReadItAlike) {
    for (const char* fine : {"/", "/http-bind", "/http-bind/", "/a/b.c/~d_e", "/a..b", "/.hidden"})
        EXPECT_EQ(flaw_of_path(fine), "") << fine;
    for (const char* wrong :
         {"", "http-bind", "/a b", "/a?b", "/a#b", "/a%2Fb", "/a//b", "//", "/..", "/../a", "/a/..",
          "/a/../b", "/./a", "/a/.", "/a\\b", "/a;b", "/\xC3\xBC", "/\x01", "/a\"b"}) {
        EXPECT_NE(flaw_of_path(wrong), "") << wrong;
    }
    EXPECT_EQ(flaw_of_path('/' + std::string(254, 'a')), "");
    EXPECT_NE(flaw_of_path('/' + std::string(255, 'a')), "");
}

TEST(WebPath, CoversWhatIsBelowWithASlashAtItsEnd) {
    EXPECT_TRUE(covers("/upload/", "/upload/a/b"));
    EXPECT_TRUE(covers("/upload/", "/upload/"));
    EXPECT_TRUE(covers("/upload", "/upload"));
    EXPECT_TRUE(covers("/", "/upload"));
    EXPECT_FALSE(covers("/upload", "/upload/"));
    EXPECT_FALSE(covers("/upload", "/uploads"));
    EXPECT_FALSE(covers("/upload/", "/upload"));
}

}  // namespace
}  // namespace conf
