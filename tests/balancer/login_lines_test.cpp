// Aim: no backend gets more logins than its rate, whoever asks; resumptions cost less and come
// first; a line moves as fast as its rate lets it.

#include "balancer/login_lines.h"

#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

namespace balancer {
namespace {

using namespace std::chrono_literals;
using TimePoint = LoginLines::TimePoint;

const BackendId kRated(3);
constexpr auto kFull = LoginKind::full;
constexpr auto kResumption = LoginKind::resumption;

class LoginLinesTest : public testing::Test {
protected:
    int taken(double rate, LoginKind kind = kFull, BackendId backend = kRated) {
        int count = 0;
        for (; count < 1'000 && lines_.try_now(backend, rate, kind, now_); ++count) {
        }
        return count;
    }
    void join(const std::string& who, LoginKind kind = kFull, unsigned worker = 0) {
        tickets_.push_back(lines_.join(worker, kRated, kind));
        names_.push_back(who);
    }
    std::string name_of(const LoginTicket& ticket) const {
        for (std::size_t i = 0; i < tickets_.size(); ++i)
            if (tickets_[i] == ticket) return names_[i];
        return "?";
    }
    /// Those whose turn it is.
    std::string due(double rate, unsigned worker = 0) {
        std::string who;
        for (;;) {
            const auto next = lines_.next(worker, kRated, rate, now_);
            look_at_ = next.look_at;
            if (!next.due) return who;
            who += name_of(*next.due);
        }
    }
    double seconds_to_wait(double rate, LoginKind kind = kFull) {
        return std::chrono::duration<double>(lines_.expected_wait(kRated, rate, kind, now_))
            .count();
    }
    std::chrono::milliseconds until_look() const {
        return std::chrono::ceil<std::chrono::milliseconds>(look_at_ - now_);
    }

    LoginLines lines_;
    TimePoint now_{};
    TimePoint look_at_{};
    std::vector<LoginTicket> tickets_;
    std::vector<std::string> names_;
};

TEST_F(LoginLinesTest, GivesOneAndATenthOfASecondAtOnceAndThenTheRate) {
    EXPECT_EQ(taken(100), 11);
    now_ += 9ms;
    EXPECT_EQ(taken(100), 0);
    now_ += 1ms;
    EXPECT_EQ(taken(100), 1);
    int all = 0;
    for (int i = 0; i < 100; ++i) {
        now_ += 10ms;
        all += taken(100);
    }
    EXPECT_EQ(all, 100);
    now_ += 1h;
    EXPECT_EQ(taken(100), 11) << "what nobody asked for is not saved up";
}

TEST_F(LoginLinesTest, AQuestionSpendsNothing) {
    for (int i = 0; i < 9; ++i) EXPECT_TRUE(lines_.could_now(kRated, 10, kFull, now_));
    EXPECT_EQ(taken(10), 2);
    EXPECT_FALSE(lines_.could_now(kRated, 10, kFull, now_));
    now_ += 1s;
    join("a");
    EXPECT_FALSE(lines_.could_now(kRated, 10, kFull, now_));
    EXPECT_TRUE(lines_.could_now(kRated, 10, kResumption, now_));
}

TEST_F(LoginLinesTest, ALateTimerLosesNothing) {
    EXPECT_EQ(taken(1), 1);
    int all = 0;
    for (int i = 0; i < 10; ++i) {
        now_ += 1090ms;
        all += taken(1);
    }
    EXPECT_EQ(all, 10);
}

TEST_F(LoginLinesTest, AResumptionCostsAQuarter) {
    EXPECT_EQ(taken(10, kResumption), 8);
    now_ += 1s;
    EXPECT_EQ(taken(10, kFull), 2);
    now_ += 25ms;
    EXPECT_EQ(taken(10, kFull), 0);
    EXPECT_EQ(taken(10, kResumption), 1);
}

TEST_F(LoginLinesTest, WithoutARateThereIsNoLimit) {
    EXPECT_EQ(taken(0), 1'000);
    EXPECT_EQ(seconds_to_wait(0), 0);
    EXPECT_EQ(taken(10), 2);
    EXPECT_EQ(taken(0), 1'000);
}

TEST_F(LoginLinesTest, BackendsHaveLinesOfTheirOwn) {
    EXPECT_EQ(taken(10), 2);
    EXPECT_EQ(taken(10, kFull, BackendId(4)), 2);
    join("a");
    EXPECT_EQ(lines_.counts(kRated).waiting, 1U);
    EXPECT_EQ(lines_.counts(BackendId(4)).waiting, 0U);
}

TEST_F(LoginLinesTest, WhoWaitsIsServedInOrderWhenTheNextOneIsDue) {
    taken(10);
    for (const char* who : {"a", "b", "c"}) join(who);
    EXPECT_EQ(due(10), "");
    EXPECT_EQ(until_look(), 100ms);
    EXPECT_FALSE(lines_.try_now(kRated, 10, kFull, now_ + 100ms)) << "nobody jumps the line";
    now_ += 100ms;
    EXPECT_EQ(due(10), "a");
    now_ += 200ms;
    EXPECT_EQ(due(10), "bc");
    EXPECT_EQ(look_at_, LoginLines::kNobodyWaits);
}

TEST_F(LoginLinesTest, ResumptionsGoInFrontEachKindInItsOrder) {
    taken(10);
    join("a");
    join("b");
    join("x", kResumption);
    join("y", kResumption);
    EXPECT_EQ(due(10), "");
    EXPECT_EQ(until_look(), 25ms);
    now_ += 50ms;
    EXPECT_EQ(due(10), "xy");
    join("z", kResumption);
    now_ += 25ms;
    EXPECT_EQ(due(10), "z");
    now_ += 25ms;
    EXPECT_TRUE(lines_.try_now(kRated, 10, kResumption, now_)) << "no other resumption waits";
    now_ += 200ms;
    EXPECT_EQ(due(10), "ab");
}

TEST_F(LoginLinesTest, WhoLeavesIsNotWaitedFor) {
    taken(10);
    for (const char* who : {"a", "b", "c"}) join(who);
    lines_.leave(tickets_[1]);
    EXPECT_EQ(lines_.counts(kRated).waiting, 2U);
    now_ += 200ms;
    EXPECT_EQ(due(10), "ac");
}

TEST_F(LoginLinesTest, TellsHowLongAWaitWouldBe) {
    EXPECT_EQ(seconds_to_wait(10), 0);
    taken(10);
    EXPECT_NEAR(seconds_to_wait(10), 0.1, 1e-3);
    EXPECT_NEAR(seconds_to_wait(10, kResumption), 0.025, 1e-3);
    for (int i = 0; i < 30; ++i) join("a");
    for (int i = 0; i < 40; ++i) join("x", kResumption);
    EXPECT_NEAR(seconds_to_wait(10), (30 + 10 + 1) / 10.0, 1e-3);
    EXPECT_NEAR(seconds_to_wait(10, kResumption), 10.25 / 10, 1e-3);
    EXPECT_NEAR(seconds_to_wait(100), (30 + 10 + 1) / 100.0, 1e-3);
    EXPECT_GT(seconds_to_wait(1e-9), 1e5) << "and no overflow";
}

TEST_F(LoginLinesTest, AnotherRateCountsAtOnce) {
    taken(10);
    for (int i = 0; i < 5; ++i) join(std::to_string(i));
    due(10);
    EXPECT_EQ(until_look(), 100ms);
    EXPECT_EQ(due(1), "");
    EXPECT_EQ(until_look(), 1000ms);
    EXPECT_EQ(due(100), "");
    EXPECT_EQ(until_look(), 10ms);
    now_ += 10ms;
    EXPECT_EQ(due(100), "0");
    EXPECT_EQ(due(0), "1234") << "no rate, no line";
    EXPECT_EQ(taken(10), 2) << "and no debt of that";
}

TEST_F(LoginLinesTest, WorkersShareOneRateAndOneOrder) {
    taken(10);
    join("a", kFull, 0);
    join("b", kFull, 1);
    join("c", kFull, 0);
    join("x", kResumption, 1);
    EXPECT_EQ(due(10, 1), "");
    EXPECT_EQ(until_look(), 25ms);
    now_ += 25ms;
    EXPECT_EQ(due(10, 0), "") << "the other worker's resumption is before it";
    EXPECT_EQ(due(10, 1), "x");
    now_ += 100ms;
    EXPECT_EQ(due(10, 1), "") << "a's turn";
    EXPECT_EQ(due(10, 0), "a");
    now_ += 200ms;
    const std::string first = due(10, 0);
    EXPECT_EQ(first + "," + due(10, 1), "c,b") << "both have their turn";
}

TEST_F(LoginLinesTest, AWorkerLooksAgainBehindThoseOfOthers) {
    taken(1);
    for (int i = 0; i < 5; ++i) join("a", kFull, 0);
    join("b", kFull, 1);
    due(1, 1);
    EXPECT_EQ(until_look(), LoginLines::kLookAgain);
    for (int i = 0; i < 5; ++i) lines_.leave(tickets_[static_cast<std::size_t>(i)]);
    now_ += 1s;
    EXPECT_EQ(due(1, 1), "b");
    EXPECT_EQ(lines_.next(2, kRated, 1, now_).look_at, LoginLines::kNobodyWaits);
}

TEST_F(LoginLinesTest, WhatIsGivenBackIsTheNextOnes) {
    taken(10);
    join("a");
    lines_.give_back(kRated, kFull);
    EXPECT_EQ(due(10), "a");
    EXPECT_EQ(taken(10), 0);
}

TEST_F(LoginLinesTest, CountsWhoWaitsAndWhoWasToldToComeBack) {
    join("a");
    lines_.count_told_back(kRated);
    lines_.count_told_back(BackendId(9));
    EXPECT_EQ(lines_.counts(kRated).waiting, 1U);
    EXPECT_EQ(lines_.counts(kRated).told_back, 1U);
    EXPECT_EQ(lines_.counts(BackendId(5)).told_back, 0U);
    EXPECT_EQ(lines_.told_back(), 2U);
    lines_.leave(tickets_[0]);
    lines_.begin_anew(kRated);
    EXPECT_EQ(lines_.counts(kRated).told_back, 0U);
}

TEST_F(LoginLinesTest, AClockThatGoesBackGivesNothing) {
    now_ = TimePoint{} + 1h;
    EXPECT_EQ(taken(10), 2);
    now_ -= 1s;
    EXPECT_EQ(taken(10), 0);
    now_ += 1s;
    EXPECT_EQ(taken(10), 0);
    now_ += 100ms;
    EXPECT_EQ(taken(10), 1);
}

/// Uneven workers, as SO_REUSEPORT may make them: the process keeps to the rate all the same.
TEST_F(LoginLinesTest, NoThreadGetsMoreThanIsThere) {
    std::vector<int> taken_by(4);
    std::vector<std::thread> threads;
    for (unsigned worker = 0; worker < taken_by.size(); ++worker) {
        threads.emplace_back([&, worker] {
            for (int i = 0; i < 2'000; ++i)
                taken_by[worker] += lines_.try_now(kRated, 100, kFull, TimePoint{} + i * 1ms);
        });
    }
    for (std::thread& each : threads) each.join();
    EXPECT_EQ(taken_by[0] + taken_by[1] + taken_by[2] + taken_by[3], 11 + 199);
}

}  // namespace
}  // namespace balancer
