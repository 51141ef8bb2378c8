// Aim: a silent store is told from a slow one, and from a node that has slept itself.

#include "backend/node/store_watch.h"

#include <gtest/gtest.h>

#include <vector>

namespace backend {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

constexpr core::TimePoint kWatchBegins{1h};

/// A watch whose time goes on as the test says.
class StoreWatchTest : public testing::Test {
protected:
    /// So long, looked at in the usual rhythm. True: it changed its mind.
    bool passes(milliseconds time) {
        bool has_changed = false;
        for (const auto end = now_ + time; now_ < end;) {
            now_ += StoreWatch::kEvery;
            has_changed = watch_.look(now_, silent_since_) || has_changed;
        }
        return has_changed;
    }
    void falls_silent() { silent_since_ = now_; }
    void answers() { silent_since_.reset(); }

    core::TimePoint now_ = kWatchBegins;
    std::optional<core::TimePoint> silent_since_;
    StoreWatch watch_{kWatchBegins};
};

TEST_F(StoreWatchTest, ASilenceOfThreeSecondsMeansThatItDoesNotAnswer) {
    falls_silent();
    EXPECT_FALSE(passes(2'500ms));
    EXPECT_TRUE(watch_.does_answer());
    EXPECT_TRUE(passes(500ms));
    EXPECT_FALSE(watch_.does_answer());
    EXPECT_EQ(watch_.silence(), 3s);
    EXPECT_FALSE(passes(60s)) << "told once";
}

TEST_F(StoreWatchTest, SlowRoundsTakeNoNodeOut) {
    for (const milliseconds round : {1'000ms, 2'000ms, 2'500ms}) {
        for (int i = 0; i < 20; ++i) {
            falls_silent();  // with what waits behind the round before
            EXPECT_FALSE(passes(round)) << round.count();
        }
    }
    EXPECT_TRUE(watch_.does_answer());
}

TEST_F(StoreWatchTest, ItIsBelievedAgainAfterTwoSecondsOfAnswers) {
    falls_silent();
    passes(5s);
    answers();
    EXPECT_FALSE(passes(1'500ms));
    EXPECT_TRUE(passes(500ms));
    EXPECT_TRUE(watch_.does_answer());
}

TEST_F(StoreWatchTest, OneAnswerInASilenceIsNotItsEnd) {
    falls_silent();
    passes(5s);
    for (int i = 0; i < 10; ++i) {
        falls_silent();  // again, right after an answer
        EXPECT_FALSE(passes(2s));
    }
    EXPECT_FALSE(watch_.does_answer());
    answers();
    EXPECT_TRUE(passes(2s));
}

TEST_F(StoreWatchTest, ASlowStoreIsBelievedAgainToo) {
    falls_silent();
    passes(5s);
    bool is_believed = false;
    for (int i = 0; i < 3; ++i) {
        falls_silent();
        is_believed = passes(1s) || is_believed;
    }
    EXPECT_TRUE(is_believed);
}

TEST_F(StoreWatchTest, ANodeThatSleptItselfHasHeardNoSilence) {
    falls_silent();
    passes(1s);
    now_ += 30s;  // stopped; what the store has said meanwhile is not read yet
    EXPECT_FALSE(watch_.look(now_, silent_since_));
    answers();
    EXPECT_FALSE(passes(10s));
    EXPECT_TRUE(watch_.does_answer());
}

TEST_F(StoreWatchTest, AStoreThatStaysSilentAfterOurSleepIsFoundOut) {
    falls_silent();
    now_ += 30s;
    EXPECT_FALSE(watch_.look(now_, silent_since_));
    EXPECT_TRUE(passes(3s));
}

}  // namespace
}  // namespace backend
