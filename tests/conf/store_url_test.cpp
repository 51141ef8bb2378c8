// Aim: where the state lives, as URLs say it; what is wrong with one, and what to write.

#include "conf/store_url.h"

#include <gtest/gtest.h>

namespace conf {
namespace {

StoreUrl read(std::string_view text) {
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
    EXPECT_EQ(read("sqlite:state.db").kind, StoreKind::sqlite);
    EXPECT_EQ(read("sqlite:state.db").file, "/etc/x/state.db");
    EXPECT_EQ(read("sqlite:/var/lib/x.db").file, "/var/lib/x.db");
    for (const char* each : {"sqlite:", "sqlite:///var/x.db", "sqlite::memory:"})
        EXPECT_NE(wrong(each).find("names no file"), std::string::npos) << each;
}

TEST(StoreUrl, RedisHasAPortAndADatabaseByDefault) {
    const StoreUrl url = read("redis://redis.example.org");
    EXPECT_EQ(url.kind, StoreKind::redis);
    EXPECT_EQ(url.servers, (std::vector<StoreServer>{{"redis.example.org", 6379}}));
    EXPECT_EQ(url.database, 0U);
    EXPECT_EQ(read("redis://[2001:db8::7]:7000/3").servers,
              (std::vector<StoreServer>{{"2001:db8::7", 7000}}));
    EXPECT_EQ(read("redis://[2001:db8::7]:7000/3").database, 3U);
}

TEST(StoreUrl, SentinelsNameAMaster) {
    const StoreUrl url = read("redis+sentinel://h1:26379,h2/cluster/2");
    EXPECT_EQ(url.kind, StoreKind::sentinel);
    EXPECT_EQ(url.servers, (std::vector<StoreServer>{{"h1", 26379}, {"h2", 26379}}));
    EXPECT_EQ(url.master, "cluster");
    EXPECT_EQ(url.database, 2U);
    EXPECT_EQ(read("redis+sentinel://h1").master, "mymaster");
}

TEST(StoreUrl, SaysWhatIsWrong) {
    EXPECT_EQ(wrong("redis://"),
              "\"\" is no address of a Redis server | write \"127.0.0.1:6379\" or "
              "\"redis.example.org:6379\"");
    EXPECT_EQ(wrong("redis://::1"), "an IPv6 address needs brackets | write \"[::1]:6379\"");
    EXPECT_EQ(wrong("redis://h:0"), "\"0\" is no port from 1 to 65535 | write \"h:6379\"");
    EXPECT_EQ(wrong("redis://h/x"),
              "\"x\" is no number of a Redis database | write \"/0\" or leave "
              "it out");
    EXPECT_EQ(wrong("redis://:secret@h"),
              "a password does not belong into the URL | write it into a file and name that: "
              "password_file = \"path\"");
    EXPECT_NE(wrong("redis+sentinel://h1,,h2/m").find("no address"), std::string::npos);
    EXPECT_NE(wrong("postgres://h").find("is no place for the state"), std::string::npos);
    EXPECT_NE(wrong("state.db").find("is no place for the state"), std::string::npos);
}

}  // namespace
}  // namespace conf
