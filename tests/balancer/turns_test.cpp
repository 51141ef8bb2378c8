#include "balancer/turns.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace balancer {
namespace {

class TurnsTest : public testing::Test {
protected:
    void set(const std::vector<std::uint32_t>& weights) {
        std::vector<Member> members;
        Tier tier;
        for (const std::uint32_t weight : weights) {
            tier.members.push_back(static_cast<std::uint32_t>(members.size()));
            members.push_back({.weight = weight});
        }
        turns_.set(members, tier);
    }
    std::string take(int count) {
        std::string taken;
        for (int i = 0; i < count; ++i) {
            taken += std::to_string(turns_.member_at(0));
            turns_.pass(0);
        }
        return taken;
    }

    Turns turns_;
};

TEST_F(TurnsTest, FollowWeightsInShortBursts) {
    set({3, 2, 1});
    EXPECT_EQ(take(6), "010012");
    EXPECT_EQ(take(6), "010012");
}

TEST_F(TurnsTest, StayWhenNothingChanges) {
    set({1, 1, 1});
    EXPECT_EQ(take(4), "0120");
    set({1, 1, 1});
    EXPECT_EQ(take(2), "12");
}

TEST_F(TurnsTest, OneWhoCameHasNothingSavedUp) {
    set({1, 1});
    take(1000);
    set({1, 1, 1});
    const std::string after = take(9);
    EXPECT_EQ(std::count(after.begin(), after.end(), '2'), 3) << after;
}

TEST_F(TurnsTest, OneWhoLostItsTurnWaitsForTheNext) {
    set({1, 1, 1});
    turns_.pass(0);
    EXPECT_EQ(take(3), "120");
}

}  // namespace
}  // namespace balancer
