#include "balancer/policy.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace balancer {
namespace {

using namespace std::chrono_literals;

struct Spec {
    std::uint32_t weight = 100;
    std::uint32_t max_sessions = 0;
};

/// A pool under one policy, and the sessions that picks lead to.
class Scene {
public:
    Scene(conf::Balance balance, const std::vector<Spec>& specs, std::uint64_t seed = 1)
        : policy_(make_policy(balance, seed)) {
        conf::Pool pool;
        pool.name = "main";
        for (const Spec& spec : specs) {
            conf::Backend backend;
            backend.name = std::to_string(pool.backends.size());
            backend.weight = spec.weight;
            backend.max_sessions = spec.max_sessions;
            pool.backends.push_back(backend);
        }
        BackendIds ids;
        pool_ = BackendPool::make(pool, ids);
    }

    /// The order of one pick, as places in the pool.
    std::vector<std::size_t> order() {
        Candidates out(pool_);
        pick(policy_, PickContext{board_, failures_, now_}, out);
        std::vector<std::size_t> places;
        for (std::size_t i = 0; i < out.size(); ++i)
            places.push_back(static_cast<std::size_t>(&out[i] - pool_->members().data()));
        return places;
    }
    /// The first choice as a digit, "-" for none.
    std::string first() {
        const std::vector<std::size_t> places = order();
        return places.empty() ? "-" : std::to_string(places.front());
    }
    std::string firsts(int picks) {
        std::string text;
        for (int i = 0; i < picks; ++i) text += first();
        return text;
    }
    void take(std::size_t place, int sessions = 1, unsigned worker = 0) {
        for (int i = 0; i < sessions; ++i)
            slots_.push_back(board_.take(worker, pool_->members()[place].id));
    }
    std::uint32_t sessions(std::size_t place) {
        return board_.sessions(pool_->members()[place].id);
    }
    void fail(std::size_t place) { failures_.note_failure(pool_->members()[place].id, now_); }
    void pass(std::chrono::milliseconds time) { now_ += time; }

private:
    Policy policy_;
    std::shared_ptr<const BackendPool> pool_;
    LoadBoard board_{2};
    FailureMemory failures_;
    FailureMemory::TimePoint now_{};
    std::vector<SessionSlot> slots_;
};

using Places = std::vector<std::size_t>;

TEST(RoundRobin, TakesEqualMembersInTurn) {
    Scene scene(conf::Balance::round_robin, {{}, {}, {}});
    EXPECT_EQ(scene.firsts(6), "012012");
}

TEST(RoundRobin, SpreadsWeightsSmoothly) {
    Scene scene(conf::Balance::round_robin, {{5}, {1}, {1}});
    EXPECT_EQ(scene.firsts(14), "00102000010200");
}

TEST(RoundRobin, FailoverGoesToThoseNextInTurn) {
    Scene scene(conf::Balance::round_robin, {{}, {}, {}});
    EXPECT_EQ(scene.order(), (Places{0, 1, 2}));
    EXPECT_EQ(scene.order(), (Places{1, 2, 0}));
}

TEST(RoundRobin, AReturningMemberGetsItsShareAndNoFlood) {
    Scene scene(conf::Balance::round_robin, {{}, {}, {}});
    scene.fail(2);
    scene.firsts(30);
    scene.pass(2s);
    const std::string after = scene.firsts(9);
    EXPECT_EQ(std::count(after.begin(), after.end(), '2'), 3) << after;
}

TEST(LeastSessions, PrefersTheFewestSessionsPerWeight) {
    Scene scene(conf::Balance::least_sessions, {{100}, {200}, {100}});
    scene.take(0, 3);
    scene.take(1, 4);
    scene.take(2, 5);
    EXPECT_EQ(scene.order(), (Places{1, 0, 2}));
}

TEST(LeastSessions, EqualMembersTakeTurns) {
    Scene scene(conf::Balance::least_sessions, {{}, {}, {}});
    EXPECT_EQ(scene.firsts(6), "012012");
}

TEST(LeastSessions, SeesTheSessionsOfOtherWorkers) {
    Scene scene(conf::Balance::least_sessions, {{}, {}});
    scene.take(0, 1, 1);
    EXPECT_EQ(scene.firsts(3), "111");
}

TEST(LeastSessions, FillsMembersByWeight) {
    Scene scene(conf::Balance::least_sessions, {{100}, {200}, {300}});
    for (int i = 0; i < 600; ++i) scene.take(scene.order().front());
    EXPECT_EQ(scene.sessions(0), 100U);
    EXPECT_EQ(scene.sessions(1), 200U);
    EXPECT_EQ(scene.sessions(2), 300U);
}

TEST(RandomTwo, SpreadsNearlyAsEvenlyAsTheLeastLoaded) {
    Scene scene(conf::Balance::random_two, std::vector<Spec>(10));
    for (int i = 0; i < 1000; ++i) scene.take(scene.order().front());
    for (std::size_t place = 0; place < 10; ++place) {
        EXPECT_GE(scene.sessions(place), 95U) << place;
        EXPECT_LE(scene.sessions(place), 105U) << place;
    }
}

TEST(RandomTwo, FollowsTheWeights) {
    Scene scene(conf::Balance::random_two, {{100}, {200}, {300}, {400}});
    for (int i = 0; i < 1000; ++i) scene.take(scene.order().front());
    for (std::size_t place = 0; place < 4; ++place)
        EXPECT_NEAR(scene.sessions(place), 100.0 * static_cast<double>(place + 1), 15.0) << place;
}

TEST(RandomTwo, TheSameSeedGivesTheSamePicks) {
    Scene one(conf::Balance::random_two, std::vector<Spec>(10), 42);
    Scene two(conf::Balance::random_two, std::vector<Spec>(10), 42);
    Scene other(conf::Balance::random_two, std::vector<Spec>(10), 43);
    const std::string picks = one.firsts(50);
    EXPECT_EQ(picks, two.firsts(50));
    EXPECT_NE(picks, other.firsts(50));
}

class EveryPolicy : public testing::TestWithParam<conf::Balance> {};
INSTANTIATE_TEST_SUITE_P(Balance, EveryPolicy,
                         testing::Values(conf::Balance::round_robin, conf::Balance::least_sessions,
                                         conf::Balance::random_two));

TEST_P(EveryPolicy, NamesEachCandidateOnceAndAtMostEight) {
    for (const std::size_t members : {1U, 2U, 7U, 8U, 9U, 300U}) {
        Scene scene(GetParam(), std::vector<Spec>(members));
        for (int i = 0; i < 20; ++i) {
            const Places order = scene.order();
            EXPECT_EQ(order.size(), std::min(members, Candidates::kMax));
            EXPECT_EQ(std::set<std::size_t>(order.begin(), order.end()).size(), order.size());
        }
    }
}

TEST_P(EveryPolicy, SendsNothingToWeightZero) {
    Scene scene(GetParam(), {{0}, {100}, {0}});
    for (int i = 0; i < 20; ++i) EXPECT_EQ(scene.order(), Places{1});
}

TEST_P(EveryPolicy, FindsNobodyInAnEmptyOrUnweightedPool) {
    Scene empty(GetParam(), {});
    EXPECT_EQ(empty.first(), "-");
    Scene unweighted(GetParam(), {{0}, {0}});
    EXPECT_EQ(unweighted.first(), "-");
}

TEST_P(EveryPolicy, StopsAtMaxSessionsOfTheWholeProcess) {
    Scene scene(GetParam(), {{100, 2}, {100, 3}});
    scene.take(0, 1, 0);
    scene.take(0, 1, 1);
    for (int i = 0; i < 10; ++i) EXPECT_EQ(scene.order(), Places{1});
    scene.take(1, 3);
    EXPECT_EQ(scene.first(), "-");
}

TEST_P(EveryPolicy, TriesAFailedMemberLastForAWhile) {
    Scene scene(GetParam(), {{}, {}, {}});
    scene.fail(1);
    for (int i = 0; i < 20; ++i) {
        const Places order = scene.order();
        ASSERT_EQ(order.size(), 3U);
        EXPECT_EQ(order.back(), 1U);
    }
    scene.pass(2s);
    EXPECT_NE(scene.firsts(40).find('1'), std::string::npos);
}

TEST_P(EveryPolicy, TriesFailedMembersRatherThanNone) {
    Scene scene(GetParam(), {{}, {}, {0}});
    scene.fail(0);
    scene.fail(1);
    EXPECT_EQ(scene.order().size(), 2U);
}

}  // namespace
}  // namespace balancer
