#include "proxy/worker/turn_pace.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>

namespace proxy {
namespace {

using Seconds = TurnPace::Seconds;

/// As many as may begin; says how many.
unsigned fill(TurnPace& pace) {
    while (pace.has_room()) pace.note_begun();
    return pace.begun();
}

TEST(TurnPace, TheFirstTurnTakesAFewAndTheNextAtMostTwiceAsMany) {
    TurnPace pace;
    EXPECT_EQ(fill(pace), 16U);
    pace.end_turn(Seconds(0.000'02));
    EXPECT_EQ(fill(pace), 32U);
    pace.end_turn(Seconds(0.000'02));
    EXPECT_EQ(fill(pace), 64U);
}

TEST(TurnPace, WhoOnlyThinksMayComeByThousands) {
    TurnPace pace;
    unsigned all = 0;
    for (int turn = 0; turn < 12; ++turn) {
        all += fill(pace);
        pace.end_turn(Seconds(0.000'1));
    }
    EXPECT_GT(all, 50'000U);
}

TEST(TurnPace, TurnsBecomeAsLongAsTheyShall) {
    // 1 ms each, in the turn after they began.
    TurnPace pace;
    unsigned began = 0;
    for (int turn = 0; turn < 100; ++turn) {
        const Seconds took(0.000'02 + 0.001 * began);
        began = fill(pace);
        pace.end_turn(took);
    }
    EXPECT_NEAR(began, 50, 4);
}

TEST(TurnPace, ALongWayOfManyTurnsIsCountedToo) {
    // 0.1 ms in each of ten turns.
    TurnPace pace;
    std::array<unsigned, 10> ways{};
    std::size_t oldest = 0;
    Seconds took{};
    for (int turn = 0; turn < 400; ++turn) {
        ways[oldest++ % ways.size()] = fill(pace);
        pace.end_turn(took);
        took = Seconds(0);
        for (const unsigned count : ways) took += Seconds(0.000'1 * count);
    }
    EXPECT_NEAR(took.count(), 0.05, 0.01);
}

TEST(TurnPace, OneMayBeginHoweverLongTurnsAre) {
    TurnPace pace;
    for (int turn = 0; turn < 20; ++turn) {
        fill(pace);
        pace.end_turn(Seconds(2));
    }
    EXPECT_EQ(pace.most(), 1U);
    for (int turn = 0; turn < 1'000; ++turn) {
        fill(pace);
        pace.end_turn(Seconds(0.000'1));
    }
    EXPECT_GT(pace.most(), 16U) << "it was another load";
}

/// A core of which a group has `share`, in periods of 0.1 s: when the work is done.
class Quota {
public:
    explicit Quota(double share) : share_(share) {}
    Seconds run(Seconds work) {
        const Seconds begin = now_;
        while (work > Seconds(0)) {
            const Seconds step = std::min(work, left_);
            work -= step;
            now_ += step;
            left_ -= step;
            if (left_ <= Seconds(0)) {
                period_ += 1;
                now_ = std::max(now_, Seconds(0.1) * period_);
                left_ = Seconds(0.1) * share_;
            }
        }
        return now_ - begin;
    }
    Seconds now() const { return now_; }

private:
    double share_;
    Seconds now_{};
    double period_ = 0;
    Seconds left_ = Seconds(0.1) * share_;
};

TEST(TurnPace, UnderAQuotaTheMeanIsWhatCounts) {
    for (const double share : {0.02, 0.08, 0.5, 1.0}) {
        TurnPace pace;
        Quota core(share);
        unsigned began = 0;
        unsigned all = 0;
        int turns = 0;
        while (core.now() < Seconds(30)) {
            const Seconds took = core.run(Seconds(0.000'02 + 0.000'77 * began));
            began = fill(pace);
            all += began;
            ++turns;
            pace.end_turn(took);
        }
        const double rate = all / core.now().count();
        EXPECT_GT(rate, 0.95 * share / 0.000'77) << share << ": nothing of the share is lost";
        EXPECT_LT(core.now().count() / turns, 0.08) << share << ": and turns stay short";
    }
}

TEST(TurnPace, FewInAMomentAreNoCrowd) {
    using namespace std::literals;
    TurnPace pace;
    core::TimePoint now{1'000s};
    for (int i = 0; i < 1'000; ++i) EXPECT_FALSE(pace.is_crowd(now += 3ms)) << "333 a second";
    for (unsigned i = 0; i < TurnPace::kFew; ++i) EXPECT_FALSE(pace.is_crowd(now + 20ms));
    EXPECT_TRUE(pace.is_crowd(now + 20ms)) << "as from a loop that was late";
    EXPECT_FALSE(pace.is_crowd(now + 31ms));
}

TEST(TurnPace, AfterARestItBeginsAnew) {
    TurnPace pace;
    for (int turn = 0; turn < 10; ++turn) {
        fill(pace);
        pace.end_turn(Seconds(0.000'1));
    }
    pace.rest();
    EXPECT_EQ(pace.most(), 16U);
}

}  // namespace
}  // namespace proxy
