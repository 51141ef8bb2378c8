#include "proxy/worker/admission.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "proxy/worker/turn_pace.h"

namespace proxy {
namespace {

using namespace std::literals;

constexpr core::TimePoint kBegin{1'000s};

Caller caller(int number, core::TimePoint came) {
    return {.door = nullptr,
            .web = nullptr,
            .client = {.socket = {},
                       .peer = *core::Endpoint::parse("192.0.2.1:" + std::to_string(number)),
                       .local = {}},
            .came = came};
}
int number_of(const std::optional<Caller>& one) {
    return one ? one->client.peer.port() : 0;
}

TEST(Admission, TheFirstComesFirstWhileTheQueueIsFresh) {
    Admission queue;
    EXPECT_EQ(number_of(queue.take_next(kBegin)), 0);
    for (int i = 1; i <= 3; ++i) queue.add(caller(i, kBegin + i * 10ms));
    EXPECT_EQ(queue.size(), 3U);
    EXPECT_EQ(number_of(queue.take_next(kBegin + 310ms)), 1);
    EXPECT_EQ(number_of(queue.take_next(kBegin + 320ms)), 2);
}

TEST(Admission, TheNewestComesFirstOnceTheHeadHasWaitedLong) {
    Admission queue;
    for (int i = 1; i <= 4; ++i) queue.add(caller(i, kBegin + i * 100ms));
    EXPECT_FALSE(queue.is_stale(kBegin + 400ms));
    EXPECT_TRUE(queue.is_stale(kBegin + 401ms));
    EXPECT_EQ(number_of(queue.take_next(kBegin + 401ms)), 4);
    EXPECT_EQ(number_of(queue.take_next(kBegin + 401ms)), 3);
    EXPECT_EQ(number_of(queue.take_oldest()), 1);
    EXPECT_EQ(number_of(queue.take_next(kBegin + 402ms)), 2) << "it has waited 202 ms";
}

TEST(Admission, ACrowdThatComesOnceMayWaitLong) {
    Admission queue;
    for (int i = 1; i <= 3; ++i) queue.add(caller(i, kBegin));
    EXPECT_EQ(number_of(queue.take_late(kBegin + 10s)), 0);
    EXPECT_FALSE(queue.is_overloaded(kBegin + 10s));
    EXPECT_EQ(number_of(queue.take_next(kBegin + 10s)), 3) << "just in time";
    EXPECT_EQ(number_of(queue.take_late(kBegin + 10'001ms)), 1);
    EXPECT_EQ(number_of(queue.take_next(kBegin + 10'001ms)), 0) << "too late for all";
    EXPECT_EQ(number_of(queue.take_late(kBegin + 10'001ms)), 2);
    EXPECT_TRUE(queue.is_empty());
}

TEST(Admission, WhereItHasBeenFullForLongOneWaitsASecond) {
    Admission queue;
    queue.add(caller(1, kBegin));
    for (int i = 0; i < 100; ++i) {
        queue.add(caller(100 + i, kBegin + i * 100ms));
        queue.take_next(kBegin + i * 100ms + 50ms);
    }
    queue.add(caller(300, kBegin + 9'500ms));
    queue.add(caller(301, kBegin + 10'500ms));
    const auto now = kBegin + 10'501ms;
    EXPECT_TRUE(queue.is_overloaded(now));
    EXPECT_EQ(queue.patience(now), 1s);
    EXPECT_EQ(number_of(queue.take_next(now)), 301);
    while (const auto late = queue.take_late(now)) EXPECT_LT(late->came, kBegin + 9'501ms);
    EXPECT_EQ(number_of(queue.take_next(now)), 0);
}

TEST(Admission, AnEmptyQueueEndsTheOverload) {
    Admission queue;
    queue.add(caller(1, kBegin));
    EXPECT_TRUE(queue.is_overloaded(kBegin + 11s));
    EXPECT_EQ(number_of(queue.take_late(kBegin + 11s)), 1);
    EXPECT_FALSE(queue.is_overloaded(kBegin + 11s));
    queue.add(caller(2, kBegin + 12s));
    EXPECT_FALSE(queue.is_overloaded(kBegin + 13s));
    EXPECT_EQ(queue.patience(kBegin + 13s), 10s);
}

/// A loop that works `cost` for each login, in the turn after it began, and clients that give up
/// after ten seconds.
class Played {
public:
    explicit Played(std::chrono::duration<double> cost) : cost_(cost) {}

    /// `rate` a second come for so long.
    void come(double rate, std::chrono::seconds time) {
        const auto end = now_ + time;
        auto next = now_;
        const auto add_until = [&](core::TimePoint until) {
            for (; next < until; next += std::chrono::nanoseconds(std::lround(1e9 / rate)))
                queue_.add(caller(1, next));
        };
        while (now_ < end) {
            add_until(now_);
            turn();
        }
        add_until(end);
    }
    void finish() {
        while (!queue_.is_empty() || !began_.empty()) turn();
    }

    core::TimePoint now() const { return now_; }
    /// Logins a second that were done in that time.
    double goodput(core::TimePoint from, core::TimePoint to) const {
        const auto count = std::count_if(done_.begin(), done_.end(), [&](const Done& one) {
            return one.at >= from && one.at < to && one.at - one.came < 10s;
        });
        return static_cast<double>(count) / std::chrono::duration<double>(to - from).count();
    }
    std::chrono::duration<double> slowest(core::TimePoint from, core::TimePoint to) const {
        std::chrono::duration<double> slowest{};
        for (const Done& one : done_)
            if (one.came >= from && one.came < to && one.at - one.came < 10s)
                slowest = std::max<std::chrono::duration<double>>(slowest, one.at - one.came);
        return slowest;
    }
    std::size_t done() const { return done_.size(); }
    std::size_t shed() const { return shed_; }

private:
    struct Done {
        core::TimePoint came, at;
    };
    void turn() {
        const auto took = 50us + std::chrono::duration_cast<std::chrono::nanoseconds>(
                                     cost_ * static_cast<double>(began_.size()));
        now_ += took;
        for (const auto came : began_) done_.push_back({came, now_});
        began_.clear();
        pace_.end_turn(took);
        while (queue_.take_late(now_)) ++shed_;
        while (pace_.has_room()) {
            const auto one = queue_.take_next(now_);
            if (!one) break;
            pace_.note_begun();
            if (now_ - one->came < 10s) began_.push_back(one->came);  // else it has given up
        }
        if (queue_.is_empty() && began_.empty()) pace_.rest();
    }

    std::chrono::duration<double> cost_;
    core::TimePoint now_ = kBegin;
    Admission queue_;
    TurnPace pace_;
    std::vector<core::TimePoint> began_;
    std::vector<Done> done_;
    std::size_t shed_ = 0;
};

TEST(AdmissionPlayed, WhatCanBeDoneIsDoneHoweverManyCome) {
    for (const double times : {1.0, 2.0, 4.0, 10.0}) {
        Played loop(1ms);  // a thousand a second
        loop.come(1'000 * times, 40s);
        EXPECT_GT(loop.goodput(kBegin + 1s, kBegin + 40s), 900) << times;
        EXPECT_LT(loop.slowest(kBegin, kBegin + 28s), 3s) << times;
        loop.come(500, 20s);
        EXPECT_LT(loop.slowest(kBegin + 50s, kBegin + 60s), 100ms) << times << ": it is over";
        EXPECT_EQ(loop.shed() > 0, times > 1);
    }
}

TEST(AdmissionPlayed, ACrowdThatCanBeServedIsServed) {
    Played crowd(0.8ms);
    crowd.come(10'000, 1s);
    crowd.finish();
    EXPECT_EQ(crowd.shed(), 0U);
    EXPECT_EQ(crowd.done(), 10'000U);
}

}  // namespace
}  // namespace proxy
