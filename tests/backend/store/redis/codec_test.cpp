// Aim: what is written comes back equal, and damaged bytes are noticed, at every cut.
#include "backend/store/redis/codec.h"

#include <gtest/gtest.h>

#include "backend/store/redis/fields.h"

namespace {

using namespace backend;

Route some_route() {
    return {.resource = "home:1",
            .session = SessionId(std::string("a\0b\n", 4)),
            .node = NodeName("n1"),
            .priority = static_cast<std::int8_t>(-7),
            .presence = "<presence from='a@b/c'/>",
            .wants_roster = true,
            .carbons = true,
            .directed = {"x@y", "", "z@y/5:q"}};
}

std::string with_front(std::string_view front, const std::string& rest) {
    return FieldWriter().add(front).take() + rest;
}

TEST(RedisCodec, RoutesComeBackEqual) {
    Route route = some_route();
    EXPECT_EQ(decode_route(with_front("n1", encode_route_rest(route))), route);
    route.priority.reset();
    route.directed.clear();
    EXPECT_EQ(decode_route(with_front("n1", encode_route_rest(route))), route);
}

TEST(RedisCodec, RosterItemsComeBackEqual) {
    const RosterItem item{.jid = "c@d",
                          .name = "5:x",
                          .groups = {"g", "\xC3\xA9"},
                          .subscription = Subscription::from,
                          .ask = true,
                          .pending_in = "<presence/>",
                          .is_listed = false,
                          .changed_at = 12};
    EXPECT_EQ(decode_roster_item(with_front("12", encode_roster_rest(item))), item);
}

TEST(RedisCodec, AccountsComeBackEqual) {
    const Account account{.user = "u@d",
                          .sha1 = {.salt = std::string("\0s", 2),
                                   .iterations = 4096,
                                   .stored_key = core::Secret<StoredKeyTag>("k1"),
                                   .server_key = core::Secret<ServerKeyTag>("k2")},
                          .sha256 = {.salt = "t", .iterations = 10'000}};
    const auto read = decode_account(encode_account(account));
    ASSERT_TRUE(read);
    EXPECT_EQ(read->user, account.user);
    EXPECT_EQ(read->sha1, account.sha1);
    EXPECT_EQ(read->sha256, account.sha256);
}

TEST(RedisCodec, EveryCutIsNoticed) {
    const std::string route = with_front("n1", encode_route_rest(some_route()));
    for (std::size_t size = 0; size < route.size(); ++size) {
        EXPECT_FALSE(decode_route(std::string_view(route).substr(0, size))) << size;
    }
    EXPECT_FALSE(decode_route(route + "1:x"));
    EXPECT_FALSE(decode_ref("99999999999999999999:x"));
    EXPECT_FALSE(decode_ref("-1:x1:y"));
    EXPECT_FALSE(decode_list("1:21:a"));
}

}  // namespace
