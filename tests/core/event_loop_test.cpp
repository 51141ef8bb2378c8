#include "core/event_loop.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "core/timer.h"
#include "core/worker_pool.h"
#include "tests/support/run_loop.h"

namespace {

using core::EventLoop;
using std::chrono::milliseconds;

struct Doomed final : core::Deletable {
    explicit Doomed(bool& dead) : dead_(dead) {}
    ~Doomed() override { dead_ = true; }
    bool& dead_;
};

TEST(EventLoop, RunsWhatIsPostedInOrderOnItsThread) {
    EventLoop loop;
    std::vector<int> order;
    const auto own_thread = std::this_thread::get_id();
    std::thread other([&] {
        for (int i = 0; i < 100; ++i) {
            loop.post([&, i] {
                EXPECT_EQ(std::this_thread::get_id(), own_thread);
                order.push_back(i);
            });
        }
        loop.stop();
    });
    loop.run();
    other.join();
    ASSERT_EQ(order.size(), 100U);
    EXPECT_TRUE(std::is_sorted(order.begin(), order.end()));
}

TEST(EventLoop, KnowsItsThreadWhileItRuns) {
    EventLoop loop;
    bool before = false;
    bool within = false;
    bool meanwhile = true;
    std::thread([&] { before = loop.is_own_thread(); }).join();
    loop.post([&] {
        within = loop.is_own_thread();
        std::thread([&] { meanwhile = loop.is_own_thread(); }).join();
        loop.stop();
    });
    loop.run();
    EXPECT_TRUE(before);
    EXPECT_TRUE(within);
    EXPECT_FALSE(meanwhile);
    EXPECT_TRUE(loop.is_own_thread());
}

#ifndef NDEBUG
TEST(EventLoopDeathTest, RefusesOtherThreads) {
    EventLoop loop;
    core::Timer timer(loop, [] {});
    const auto from_elsewhere = [&](const std::function<void()>& misuse) {
        loop.post([&] {
            std::thread(misuse).join();
            loop.stop();
        });
        loop.run();
    };
    EXPECT_DEATH(from_elsewhere([&] { timer.start_now(); }), "is_own_thread");
    EXPECT_DEATH(from_elsewhere([&] { timer.cancel(); }), "is_own_thread");
    EXPECT_DEATH(from_elsewhere([&] { loop.defer_delete(nullptr); }), "is_own_thread");
    EXPECT_DEATH(from_elsewhere([&] { loop.scratch(); }), "is_own_thread");
}
#endif

TEST(EventLoop, DeletesAfterTheCallbackThatAskedForIt) {
    EventLoop loop;
    bool dead = false;
    bool dead_within = true;
    loop.post([&] {
        loop.defer_delete(std::make_unique<Doomed>(dead));
        dead_within = dead;
    });
    ASSERT_TRUE(test::run_until(loop, [&] { return dead; }));
    EXPECT_FALSE(dead_within);
}

TEST(Timer, ExpiresOnceAndMayDestroyItself) {
    EventLoop loop;
    int expired = 0;
    std::unique_ptr<core::Timer> timer;
    timer = std::make_unique<core::Timer>(loop, [&] {
        ++expired;
        timer.reset();
    });
    timer->start(milliseconds(1));
    EXPECT_TRUE(timer->is_running());
    ASSERT_TRUE(test::run_until(loop, [&] { return expired == 1; }));
    EXPECT_EQ(timer, nullptr);
}

TEST(Timer, DestroyedMeansCancelledAndStartAgainMeansLater) {
    EventLoop loop;
    bool first = false;
    bool last = false;
    {
        core::Timer gone(loop, [&] { first = true; });
        gone.start_now();
    }
    core::Timer moved(loop, [&] { first = true; });
    moved.start_now();
    moved.start(std::chrono::hours(1));
    core::Timer end(loop, [&] { last = true; });
    end.start(milliseconds(5));
    ASSERT_TRUE(test::run_until(loop, [&] { return last; }));
    EXPECT_FALSE(first);
}

TEST(Timer, ManyDifferentDurationsWork) {
    EventLoop loop;
    int expired = 0;
    std::vector<std::unique_ptr<core::Timer>> timers;
    for (int i = 0; i < 400; ++i) {  // more than libevent has common timeouts
        timers.push_back(std::make_unique<core::Timer>(loop, [&] { ++expired; }));
        timers.back()->start(milliseconds(i % 2 == 0 ? i / 20 : 1 + i / 10));
    }
    ASSERT_TRUE(test::run_until(loop, [&] { return expired == 400; }));
}

TEST(WorkerPool, ReachesEveryLoopAndStops) {
    core::WorkerPool pool(3);
    std::atomic<unsigned> reached{0};
    ASSERT_TRUE(pool.start());
    pool.post_to_all([&](unsigned index) { reached += 1U << (8 * index); });
    const auto deadline = core::Clock::now() + std::chrono::seconds(10);
    while (reached != 0x010101U && core::Clock::now() < deadline) std::this_thread::yield();
    EXPECT_EQ(reached, 0x010101U);
    pool.stop();
}

}  // namespace
