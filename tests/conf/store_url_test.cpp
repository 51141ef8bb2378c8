// Aim: where the state lives, as URLs say it; what is wrong with one, and what to write.

#include "conf/store_url.h"

#include <gtest/gtest.h>

namespace conf {
namespace {

StoreUrl parsed_url(std::string_view text) {
    auto url = parse_store_url(text, "/etc/x");
    if (!url) {
        ADD_FAILURE() << text << ": " << url.error().what;
        return {};
    }
    return std::move(url).value();
}

std::string wrong(std::string_view text) {
    const auto url = parse_store_url(text, "/etc/x");
    return url ? "fine" : url.error().what + " | " + url.error().hint;
}

TEST(StoreUrl, SqliteNamesAFile) {
    EXPECT_EQ(parsed_url("sqlite:state.db").kind, StoreKind::sqlite);
    EXPECT_EQ(parsed_url("sqlite:state.db").file, "/etc/x/state.db");
    EXPECT_EQ(parsed_url("sqlite:/var/lib/x.db").file, "/var/lib/x.db");
    for (const char* each : {"sqlite:", "sqlite:///var/x.db", "sqlite::memory:"})
        EXPECT_NE(wrong(each).find("names no file"), std::string::npos) << each;
}

TEST(StoreUrl, ControlCharactersAreNoPartOfIt) {
    for (const std::string_view each :
         {std::string_view("sqlite:a\0b", 10), std::string_view("redis://a\nb")})
        EXPECT_EQ(wrong(each), "\"url\" holds a control character | write it without any");
}

TEST(StoreUrl, RedisIsReadByWhoConnects) {
    for (const char* each : {"redis://redis.example.org", "redis+unix:///run/redis.sock",
                             "redis+sentinel://h1:26379,h2/cluster/2"}) {
        EXPECT_EQ(parsed_url(each).kind, StoreKind::redis) << each;
        EXPECT_EQ(parsed_url(each).text, each);
        EXPECT_EQ(parsed_url(each).folder, "/etc/x");
    }
}

TEST(StoreUrl, OtherPlacesAreRefused) {
    EXPECT_NE(wrong("postgres://h").find("is no place for the state"), std::string::npos);
    EXPECT_NE(wrong("state.db").find("is no place for the state"), std::string::npos);
}

TEST(StoreUrl, HintsKeepTheFileThatIsMeant) {
    EXPECT_EQ(wrong("sqlite:///var/x.db"),
              "\"sqlite:///var/x.db\" names no file | write \"sqlite:/var/x.db\"");
    EXPECT_EQ(wrong("sqlite://x.db"), "\"sqlite://x.db\" names no file | write \"sqlite:x.db\"");
    EXPECT_EQ(wrong("/var/lib/x.db"),
              "\"/var/lib/x.db\" is no place for the state | write \"sqlite:/var/lib/x.db\"");
    EXPECT_EQ(wrong("x.db"), "\"x.db\" is no place for the state | write \"sqlite:x.db\"");
    EXPECT_EQ(wrong("sqlite3:x.db"),
              "\"sqlite3:x.db\" is no place for the state | write \"sqlite:x.db\"");
    EXPECT_EQ(wrong("sqlite::memory:"),
              "\"sqlite::memory:\" names no file | write \"sqlite:state.db\" or "
              "\"sqlite:/var/lib/x/state.db\"");
}

}  // namespace
}  // namespace conf
