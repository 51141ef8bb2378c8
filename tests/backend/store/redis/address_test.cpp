// Aim: every form of a Redis address is read exactly, every other text is refused with a sentence
// that helps and holds no password.
#include "backend/store/redis/address.h"

#include <gtest/gtest.h>

namespace {

using backend::parse_redis_address;
using backend::RedisAddress;
using backend::RedisHost;

TEST(RedisAddress, ReadsHostPortAndDatabase) {
    const auto plain = parse_redis_address("redis://127.0.0.1");
    ASSERT_TRUE(plain);
    EXPECT_EQ(plain->kind, RedisAddress::Kind::tcp);
    EXPECT_EQ(plain->hosts, (std::vector<RedisHost>{{"127.0.0.1", 6379}}));
    EXPECT_EQ(plain->db, 0U);

    const auto full = parse_redis_address("redis://app:s%40cret@[2001:db8::7]:7000/3");
    ASSERT_TRUE(full);
    EXPECT_EQ(full->hosts, (std::vector<RedisHost>{{"2001:db8::7", 7000}}));
    EXPECT_EQ(full->db, 3U);
    EXPECT_EQ(full->user, "app");
    EXPECT_EQ(full->password.reveal(), "s@cret");
}

TEST(RedisAddress, ReadsUnixSocketAndPasswordFile) {
    const auto unix_socket =
        parse_redis_address("redis+unix:///run/redis/r.sock?db=2&password_file=/etc/p%20w");
    ASSERT_TRUE(unix_socket);
    EXPECT_EQ(unix_socket->kind, RedisAddress::Kind::unix_socket);
    EXPECT_EQ(unix_socket->path, "/run/redis/r.sock");
    EXPECT_EQ(unix_socket->db, 2U);
    EXPECT_EQ(unix_socket->password_file, "/etc/p w");
}

TEST(RedisAddress, ReadsSentinels) {
    const auto sentinels = parse_redis_address("redis+sentinel://:pw@h1,h2:26380/mymaster/1");
    ASSERT_TRUE(sentinels);
    EXPECT_EQ(sentinels->kind, RedisAddress::Kind::sentinel);
    EXPECT_EQ(sentinels->hosts, (std::vector<RedisHost>{{"h1", 26379}, {"h2", 26380}}));
    EXPECT_EQ(sentinels->master, "mymaster");
    EXPECT_EQ(sentinels->db, 1U);
    EXPECT_EQ(sentinels->sentinel_password_file, "");

    const auto locked = parse_redis_address(
        "redis+sentinel://h/m?password_file=redis.pw&sentinel_password_file=s%26.pw");
    ASSERT_TRUE(locked);
    EXPECT_EQ(locked->password_file, "redis.pw");
    EXPECT_EQ(locked->sentinel_password_file, "s&.pw");
}

TEST(RedisAddress, RefusesEverythingElse) {
    for (const char* bad : {"",
                            "redis:",
                            "redis:/host",
                            "rediss://h",
                            "sqlite:x",
                            "redis://",
                            "redis://h:0",
                            "redis://h:65536",
                            "redis://h:6379x",
                            "redis://h:",
                            "redis://h/x",
                            "redis://h/0/1",
                            "redis://h/-1",
                            "redis://h/10000",
                            "redis://h1,h2/0",
                            "redis://pw@h",
                            "redis://:@h",
                            "redis://:p%4@h",
                            "redis://:p%zz@h",
                            "redis://:p%00@h",
                            "redis://h?x=1",
                            "redis://h?db=",
                            "redis://:p@h?password_file=/f",
                            "redis://h?password_file=",
                            "redis://h#a",
                            "redis://[::1",
                            "redis://[::1]x",
                            "redis://h h",
                            "redis+unix://run/r.sock",
                            "redis+unix://",
                            "redis+sentinel://h",
                            "redis+sentinel://h/",
                            "redis+sentinel://h,,k/m",
                            "redis+sentinel://h/m/x",
                            "redis+sentinel://h/m?sentinel_password_file=",
                            "redis+sentinel://h/m?sentinel_password=x",
                            "redis://h?sentinel_password_file=/f",
                            "redis+unix:///r.sock?sentinel_password_file=/f"}) {
        EXPECT_FALSE(parse_redis_address(bad)) << bad;
    }
}

TEST(RedisAddress, SaysWhatToDoWithoutSentinels) {
    const auto address = parse_redis_address("redis://h?sentinel_password_file=/f");
    ASSERT_FALSE(address);
    EXPECT_EQ(address.error(),
              "has a sentinel_password_file but no sentinels: leave it out, or begin with "
              "\"redis+sentinel://\"");
}

TEST(RedisAddress, SaysNoSecrets) {
    for (const char* url : {"redis://:hunter2@h:x", "redis://:hunter2@h:6379/z",
                            "redis://:hunter2@h?password_file=/f", "redis://:hunter2%@h"}) {
        const auto address = parse_redis_address(url);
        ASSERT_FALSE(address);
        EXPECT_EQ(address.error().find("hunter2"), std::string::npos);
    }
    EXPECT_EQ(to_string(*parse_redis_address("redis://:hunter2@h:1/2")), "redis at h:1");
    EXPECT_EQ(to_string(*parse_redis_address("redis+sentinel://a,b/m")),
              "redis master m of the sentinels at a:26379 and others");
}

}  // namespace
