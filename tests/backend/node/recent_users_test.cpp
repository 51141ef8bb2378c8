// Aim: who is talked to stays known, within a bound, and never in two versions.

#include "backend/node/recent_users.h"

#include <gtest/gtest.h>

#include <string>

namespace backend {
namespace {

KnownUser known(std::uint64_t version, std::size_t presence_bytes = 0) {
    UserSnapshot user{.exists = true, .routes_version = version, .routes = {}};
    user.routes.push_back({.resource = "phone", .presence = std::string(presence_bytes, 'x')});
    return std::make_shared<UserSnapshot>(std::move(user));
}

TEST(RecentUsers, KnowsTheLastThatItWasTold) {
    RecentUsers recent;
    EXPECT_EQ(recent.find("anna@b"), nullptr);
    recent.remember("anna@b", known(1));
    recent.remember("anna@b", known(2));
    EXPECT_EQ(recent.find("anna@b")->routes_version, 2U);
    recent.forget("anna@b");
    EXPECT_EQ(recent.find("anna@b"), nullptr);
}

TEST(RecentUsers, ForgetsWhoIsNotAskedForAndKeepsWhoIs) {
    RecentUsers recent(64 * 1024);
    recent.remember("quiet@b", known(1));
    recent.remember("anna@b", known(2));
    for (int i = 0; i < 1'000; ++i) {
        recent.remember(std::to_string(i) + "@b", known(3));
        ASSERT_NE(recent.find("anna@b"), nullptr) << i;
    }
    EXPECT_EQ(recent.find("quiet@b"), nullptr);
    EXPECT_EQ(recent.find("0@b"), nullptr);
    EXPECT_NE(recent.find("999@b"), nullptr);
}

TEST(RecentUsers, WhoIsAmongTheOldIsReplacedAndForgottenToo) {
    RecentUsers recent(8 * 1024);
    const auto age = [&recent] {
        recent.remember("large@b", known(9, 5 * 1024));  // more than half of the bound
    };
    recent.remember("anna@b", known(1));
    age();
    recent.remember("anna@b", known(2));
    EXPECT_EQ(recent.find("anna@b")->routes_version, 2U);
    age();
    recent.forget("anna@b");
    EXPECT_EQ(recent.find("anna@b"), nullptr);
}

TEST(RecentUsers, WhatIsTooLargeIsNotKeptAndNeitherIsWhatItReplaces) {
    RecentUsers recent;
    recent.remember("anna@b", known(1));
    recent.remember("anna@b", known(2, 64 * 1024));
    EXPECT_EQ(recent.find("anna@b"), nullptr);
}

}  // namespace
}  // namespace backend
