#include "backend/rules/delivery.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>

namespace backend {
namespace {

using enum Otherwise;

UserSnapshot user_with(const std::vector<std::optional<std::int8_t>>& priorities) {
    UserSnapshot user;
    user.exists = true;
    for (std::size_t i = 0; i < priorities.size(); ++i) {
        Route route;
        route.resource = std::string(1, static_cast<char>('a' + i));
        route.priority = priorities[i];
        user.routes.push_back(route);
    }
    return user;
}

/// Resources in order, or what else becomes of it.
std::string outcome(MessageType type, std::string_view resource, const UserSnapshot& user) {
    const Delivery delivery = delivery_of(type, resource, user);
    std::string out;
    for (const Route* route : delivery.routes) out += route->resource;
    if (!out.empty()) return out;
    switch (delivery.otherwise) {
        case drop: return "drop";
        case refuse: return "refuse";
        case store: return "store";
    }
    return {};
}

/// One row of the table of RFC 6121 section 8.5.4: normal, chat, groupchat, headline, error.
void expect_row(const UserSnapshot& user, std::string_view resource,
                const std::vector<std::string>& expected) {
    using enum MessageType;
    std::vector<std::string> got;
    for (const auto type : {normal, chat, groupchat, headline, error}) {
        got.push_back(outcome(type, resource, user));
    }
    EXPECT_EQ(got, expected);
}

TEST(Delivery, NobodyThere) {
    const auto user = user_with({});
    expect_row(user, "", {"store", "store", "refuse", "drop", "drop"});
    expect_row(user, "a", {"refuse", "store", "refuse", "drop", "drop"});
}

TEST(Delivery, ConnectedWithoutPresence) {
    const auto user = user_with({std::nullopt});
    expect_row(user, "", {"store", "store", "refuse", "drop", "drop"});
    expect_row(user, "a", {"a", "a", "a", "a", "a"});
}

TEST(Delivery, NegativePriorityGetsNothingByBareJid) {
    const auto user = user_with({-1});
    expect_row(user, "", {"store", "store", "refuse", "drop", "drop"});
    expect_row(user, "a", {"a", "a", "a", "a", "a"});
    expect_row(user, "z", {"refuse", "store", "refuse", "drop", "drop"});
}

TEST(Delivery, AllNonNegativePrioritiesByBareJid) {
    const auto user = user_with({0, -1, 5, std::nullopt});
    expect_row(user, "", {"ac", "ac", "refuse", "ac", "drop"});
    expect_row(user, "b", {"b", "b", "b", "b", "b"});
    expect_row(user, "z", {"refuse", "ac", "refuse", "drop", "drop"});
}

TEST(Delivery, UnknownTypesAreNormal) {
    EXPECT_EQ(message_type(""), MessageType::normal);
    EXPECT_EQ(message_type("shout"), MessageType::normal);
    EXPECT_EQ(message_type("groupchat"), MessageType::groupchat);
}

}  // namespace
}  // namespace backend
