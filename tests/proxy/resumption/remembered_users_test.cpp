#include "proxy/resumption/remembered_users.h"

#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

namespace proxy {
namespace {

using balancer::Owner;
using balancer::owner_of;
using std::chrono::seconds;

const Owner kA = owner_of("main", "a");
const Owner kB = owner_of("main", "b");
const std::string kUser = "romeo@example.org";

class RememberedUsersTest : public testing::Test {
protected:
    RememberedUsers users{1'000};
    core::TimePoint now = core::Clock::now();
};

TEST_F(RememberedUsersTest, KnowsWhereASessionIsWhileItLivesAndWhileItMayBeResumed) {
    EXPECT_EQ(users.find(kUser, now), std::nullopt);
    users.note_session(kUser, kA, now);
    EXPECT_EQ(users.find(kUser, now + std::chrono::hours(10'000)), kA);
    EXPECT_EQ(users.find("juliet@example.org", now), std::nullopt);
    users.note_end(kUser, kA, seconds(300), now);
    EXPECT_EQ(users.find(kUser, now + seconds(299)), kA);
    EXPECT_EQ(users.find(kUser, now + seconds(301)), std::nullopt);
    const auto known = users.known(kUser, now + seconds(100));
    ASSERT_TRUE(known);
    EXPECT_FALSE(known->is_live);
    EXPECT_EQ(known->left, seconds(200));
}

TEST_F(RememberedUsersTest, ForgetsWhatHasEndedInWords) {
    users.note_session(kUser, kA, now);
    users.note_end(kUser, kA, seconds(0), now);
    EXPECT_EQ(users.find(kUser, now), std::nullopt);
}

TEST_F(RememberedUsersTest, TheNewestSessionCounts) {
    users.note_session(kUser, kA, now);
    users.note_session(kUser, kB, now);
    EXPECT_EQ(users.find(kUser, now), kB);
    users.note_end(kUser, kA, seconds(300), now);
    EXPECT_EQ(users.find(kUser, now), kB) << "the end of an older one takes nothing away";
    users.note_end(kUser, kB, seconds(0), now);
    EXPECT_EQ(users.find(kUser, now), std::nullopt);
}

TEST_F(RememberedUsersTest, SeveralSessionsOfOneBackendAreCounted) {
    users.note_session(kUser, kA, now);
    users.note_session(kUser, kA, now);
    users.note_end(kUser, kA, seconds(10), now);
    users.note_end(kUser, kA, seconds(0), now);
    EXPECT_EQ(users.find(kUser, now + seconds(9)), kA) << "one of them may be resumed yet";
    EXPECT_EQ(users.find(kUser, now + seconds(11)), std::nullopt);
}

TEST_F(RememberedUsersTest, AnEndThatNobodyKnowsOfIsNothing) {
    users.note_end(kUser, kA, seconds(300), now);
    EXPECT_EQ(users.find(kUser, now), std::nullopt);
}

TEST_F(RememberedUsersTest, AnotherProcessTakesItOver) {
    users.note_session(kUser, kA, now);
    users.note_session("juliet@example.org", kB, now);
    users.note_end("juliet@example.org", kB, seconds(300), now);
    RememberedUsers other(5'000);
    const auto later = now + seconds(100);
    ASSERT_TRUE(other.adopt(users.snapshot(later, seconds(600)), later));
    const auto live = other.known(kUser, later);
    ASSERT_TRUE(live);
    EXPECT_EQ(live->owner, kA);
    EXPECT_FALSE(live->is_live);
    EXPECT_EQ(live->left, seconds(600));
    const auto ended = other.known("juliet@example.org", later);
    ASSERT_TRUE(ended);
    EXPECT_EQ(ended->left, seconds(200));
    EXPECT_EQ(other.find("mercutio@example.org", later), std::nullopt);
    EXPECT_FALSE(other.adopt(RememberedUsers::Snapshot("short"), later));
}

TEST_F(RememberedUsersTest, HoldsAsManyAsItSaysAndThenTheNewest) {
    RememberedUsers many(10'000);
    const auto name = [](int i) { return "user" + std::to_string(i) + "@example.org"; };
    for (int i = 0; i < 10'000; ++i) many.note_session(name(i), kA, now);
    for (int i = 0; i < 10'000; ++i) ASSERT_EQ(many.find(name(i), now), kA) << i;
    for (int i = 0; i < 100'000; ++i) many.note_session(name(i), kA, now + seconds(1 + i / 1'000));
    int newest = 0;
    for (int i = 98'000; i < 100'000; ++i) newest += many.find(name(i), now) ? 1 : 0;
    EXPECT_EQ(newest, 2'000);
    EXPECT_LE(many.capacity(), 12'600U);
}

TEST_F(RememberedUsersTest, GrowsWithItsUsersAndLosesNone) {
    RememberedUsers many(1'000'000);
    const auto name = [](int i) { return "user" + std::to_string(i) + "@example.org"; };
    EXPECT_LE(many.bytes_in_use(), 32'768U);
    for (int i = 0; i < 100'000; ++i) {
        many.note_session(name(i), i % 2 == 0 ? kA : kB, now);
        if (i == 9'999) {
            EXPECT_LE(many.bytes_in_use(), 10'000U * 48);
        }
    }
    EXPECT_LE(many.bytes_in_use(), 100'000U * 40);
    for (int i = 0; i < 100'000; ++i) ASSERT_EQ(many.find(name(i), now), i % 2 == 0 ? kA : kB) << i;
}

TEST_F(RememberedUsersTest, WhatHasExpiredMakesRoomWithoutGrowing) {
    RememberedUsers many(100'000);
    const auto name = [](int i) { return "user" + std::to_string(i) + "@example.org"; };
    for (int hour = 0; hour < 20; ++hour) {
        const auto then = now + std::chrono::hours(hour);
        for (int i = 0; i < 1'000; ++i) {
            many.note_session(name(1'000 * hour + i), kA, then);
            many.note_end(name(1'000 * hour + i), kA, seconds(600), then);
        }
    }
    EXPECT_LE(many.bytes_in_use(), 64'000U);
}

TEST_F(RememberedUsersTest, WhatHasExpiredGoesBeforeWhatCounts) {
    RememberedUsers few(12);
    ASSERT_EQ(few.capacity(), 16U);
    const auto name = [](int i) { return std::to_string(i) + "@example.org"; };
    few.note_session(name(0), kA, now);
    for (int i = 1; i < 16; ++i) {
        few.note_session(name(i), kA, now + seconds(1));
        few.note_end(name(i), kA, seconds(10), now + seconds(1));
    }
    for (int i = 16; i < 31; ++i) few.note_session(name(i), kA, now + seconds(20));
    EXPECT_EQ(few.find(name(0), now + seconds(20)), kA) << "the oldest, but it lives";
}

TEST_F(RememberedUsersTest, AnyThreadMayAskAndTell) {
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
        threads.emplace_back([this] {
            for (int i = 0; i < 20'000; ++i) {
                const std::string user = std::to_string(i % 100) + "@example.org";
                users.note_session(user, kA, now);
                EXPECT_EQ(users.find(user, now), kA);
                users.note_end(user, kA, seconds(60), now);
            }
        });
    }
    for (std::thread& each : threads) each.join();
    for (int i = 0; i < 100; ++i) {
        const auto known = users.known(std::to_string(i) + "@example.org", now);
        ASSERT_TRUE(known);
        EXPECT_FALSE(known->is_live);
    }
}

}  // namespace
}  // namespace proxy
