// Aim: a store is tried again soon and often enough, and given up in the end.

#include "backend/node/store_patience.h"

#include <gtest/gtest.h>

#include "backend/store/redis/pipeline.h"
#include "backend/store/sqlite/database.h"

namespace backend {
namespace {

using std::chrono::milliseconds;

constexpr core::TimePoint kStart{};

TEST(StorePatience, ARefusedCommitIsTriedAtOnceThenAfterGrowingPausesThenNoMore) {
    StorePatience patience;
    patience.begin(kStart);
    EXPECT_EQ(patience.after_refusal(), milliseconds(0));
    EXPECT_EQ(patience.after_refusal(), milliseconds(0));
    milliseconds last{0};
    for (unsigned i = 3; i <= StorePatience::kTries; ++i) {
        EXPECT_FALSE(patience.is_on_last_try());
        const auto pause = patience.after_refusal();
        ASSERT_TRUE(pause);
        EXPECT_GT(*pause, last);
        last = *pause;
    }
    EXPECT_TRUE(patience.is_on_last_try());
    EXPECT_FALSE(patience.after_refusal());
    patience.begin(kStart);
    EXPECT_TRUE(patience.after_refusal()) << "others have a patience of their own";
}

TEST(StorePatience, ReadingsMayFailForAWhile) {
    StorePatience patience;
    patience.begin(kStart);
    EXPECT_TRUE(patience.after_failed_reading(kStart + StorePatience::kReading - milliseconds(1)));
    EXPECT_FALSE(patience.after_failed_reading(kStart + StorePatience::kReading));
}

TEST(StorePatience, NobodyWaitsTwiceForASilentStore) {
    // The embedded store refuses a little early what it refuses together.
    constexpr milliseconds kEarly{500};
    EXPECT_LT(StorePatience::kReading + kEarly, SqliteDatabase::kPatience);
    EXPECT_LT(StorePatience::kReading + kEarly, RedisPipeline::Limits{}.wait);
}

TEST(StorePatience, TimeAloneUsesNothingUp) {
    StorePatience patience;
    patience.begin(kStart);
    EXPECT_TRUE(patience.after_failed_reading(kStart));
    EXPECT_TRUE(patience.after_refusal()) << "whenever that was";
}

}  // namespace
}  // namespace backend
