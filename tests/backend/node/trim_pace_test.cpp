// Aim: the store hears of acknowledgements seldom, but always soon enough.

#include "backend/node/trim_pace.h"

#include <gtest/gtest.h>

namespace backend {
namespace {

TEST(TrimPace, AFewSmallOnesWaitMoreGoAlongManyGoAlone) {
    TrimPace trims;
    EXPECT_FALSE(trims.owes_any());
    EXPECT_TRUE(trims.acknowledge(TrimPace::kAlong - 1));
    EXPECT_TRUE(trims.owes_any());
    EXPECT_FALSE(trims.is_worth_a_place());
    EXPECT_TRUE(trims.acknowledge(TrimPace::kAlong));
    EXPECT_TRUE(trims.is_worth_a_place());
    EXPECT_TRUE(trims.acknowledge(TrimPace::kAlone - 1));
    EXPECT_FALSE(trims.is_worth_a_commit());
    EXPECT_TRUE(trims.acknowledge(TrimPace::kAlone));
    EXPECT_TRUE(trims.is_worth_a_commit());
    EXPECT_EQ(trims.take().up_to, TrimPace::kAlone);
    EXPECT_FALSE(trims.owes_any());
    EXPECT_FALSE(trims.acknowledge(TrimPace::kAlone)) << "that is known";
    EXPECT_FALSE(trims.acknowledge(1)) << "that is old";
}

TEST(TrimPace, ALargeOneGoesAtOnceAndSmallOnesBehindItWaitAgain) {
    TrimPace trims;
    trims.note_written(1, TrimPace::kSmall);
    trims.note_written(2, TrimPace::kSmall + 1);
    trims.note_written(3, TrimPace::kSmall);
    trims.acknowledge(1);
    EXPECT_TRUE(trims.is_worth_a_commit()) << "the large one may be next";
    trims.take();
    trims.acknowledge(2);
    EXPECT_TRUE(trims.is_worth_a_commit());
    EXPECT_EQ(trims.take().up_to, 2U);
    trims.acknowledge(3);
    EXPECT_FALSE(trims.is_worth_a_place());
}

TEST(TrimPace, WhatWasNotDoneGoesWithTheNextCommit) {
    TrimPace trims;
    trims.acknowledge(1'000);
    trims.take();
    trims.acknowledge(1'001);
    EXPECT_FALSE(trims.is_worth_a_place());
    trims.give_back();
    EXPECT_TRUE(trims.is_worth_a_place());
    EXPECT_EQ(trims.take().up_to, 1'001U);
    EXPECT_FALSE(trims.is_worth_a_place());
}

}  // namespace
}  // namespace backend
