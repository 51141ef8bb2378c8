#include "balancer/policy.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "tests/balancer/pool_scene.h"

namespace balancer {
namespace {

using namespace std::chrono_literals;

TEST(RoundRobin, TakesEqualMembersInTurn) {
    PoolScene scene(conf::Balance::round_robin, {{}, {}, {}});
    EXPECT_EQ(scene.firsts(6), "012012");
}

TEST(RoundRobin, SpreadsWeightsSmoothly) {
    PoolScene scene(conf::Balance::round_robin, {{5}, {1}, {1}});
    EXPECT_EQ(scene.firsts(14), "00010200001020");
}

TEST(RoundRobin, GivesEachOfManyItsExactShare) {
    std::vector<Spec> specs;
    int all = 0;
    for (std::uint32_t i = 0; i < 100; ++i) {
        specs.push_back({.weight = 1 + i % 7});
        all += static_cast<int>(specs.back().weight);
    }
    PoolScene scene(conf::Balance::round_robin, specs);
    std::vector<std::uint32_t> turns(specs.size());
    for (int i = 0; i < 3 * all; ++i) ++turns[scene.order().front()];
    for (std::size_t i = 0; i < specs.size(); ++i)
        EXPECT_NEAR(turns[i], 3 * specs[i].weight, 1) << i;
}

TEST(RoundRobin, AChangedWeightCountsFromThenOn) {
    PoolScene scene(conf::Balance::round_robin, {{}, {}, {}});
    EXPECT_EQ(scene.firsts(4), "0120");
    scene.weigh(2, 200);
    const std::string after = scene.firsts(400);
    EXPECT_NEAR(static_cast<double>(std::count(after.begin(), after.end(), '0')), 100, 1);
    EXPECT_NEAR(static_cast<double>(std::count(after.begin(), after.end(), '2')), 200, 1);
}

TEST(RoundRobin, HeavyMembersThatAreFullStandInNobodysWay) {
    PoolScene scene(conf::Balance::round_robin, {{65'535, 1}, {1}, {1}});
    scene.take(0);
    EXPECT_EQ(scene.firsts(6), "121212");
}

TEST(RoundRobin, FailoverGoesToThoseNextInTurn) {
    PoolScene scene(conf::Balance::round_robin, {{}, {}, {}});
    EXPECT_EQ(scene.order(), (Places{0, 1, 2}));
    EXPECT_EQ(scene.order(), (Places{1, 2, 0}));
}

/// Firsts of logins that reach workers as the kernel spreads them: by chance.
std::string firsts_at_any(PoolScene& scene, unsigned workers, int picks) {
    Random kernel(7);
    std::string text;
    for (int i = 0; i < picks; ++i)
        text += scene.first(static_cast<unsigned>(kernel.below(workers)));
    return text;
}

TEST(RoundRobin, AllWorkersGoByOneTurn) {
    const std::vector<std::vector<Spec>> pools{
        {{}, {}}, {{}, {}, {}}, {{5}, {1}, {1}}, {{100}, {50}}, {{3}, {2}, {7}, {1}}};
    for (const auto& specs : pools) {
        PoolScene alone(conf::Balance::round_robin, specs, 1, 1);
        const std::string expected = alone.firsts(300);
        for (const unsigned workers : {2U, 3U, 4U}) {
            PoolScene scene(conf::Balance::round_robin, specs, 1, workers);
            std::string firsts;  // each worker's first login, then whoever gets them
            for (unsigned i = 0; i < workers; ++i) firsts += scene.first(i);
            firsts += firsts_at_any(scene, workers, 300 - static_cast<int>(workers));
            EXPECT_EQ(firsts, expected) << workers << " workers, " << specs.size() << " members";
        }
    }
}

TEST(RoundRobin, AWorkerThatWasIdleJoinsTheTurn) {
    PoolScene scene(conf::Balance::round_robin, {{100}, {100}, {100}});
    EXPECT_EQ(scene.firsts(3'000'001).back(), '0');
    EXPECT_EQ(scene.first(1), "1");
    EXPECT_EQ(scene.first(0), "2");
}

TEST(RoundRobin, AllWorkersPassOverWhoCannotTakeItsTurn) {
    PoolScene scene(conf::Balance::round_robin, {{}, {}, {}}, 1, 4);
    scene.set(1, Health::down);
    EXPECT_EQ(firsts_at_any(scene, 4, 6), "020202");
    scene.set(1, Health::up);
    const std::string after = firsts_at_any(scene, 4, 300);
    for (const char place : {'0', '1', '2'})
        EXPECT_NEAR(static_cast<double>(std::count(after.begin(), after.end(), place)), 100, 4);
}

TEST(RoundRobin, TiersHaveTurnsOfTheirOwn) {
    PoolScene scene(conf::Balance::round_robin,
                    {{.max_sessions = 1}, {.priority = 1}, {.priority = 1}}, 1, 3);
    EXPECT_EQ(scene.first(0), "0");
    scene.take(0);
    EXPECT_EQ(firsts_at_any(scene, 3, 6), "121212");
}

TEST(RoundRobin, AReturningMemberGetsItsShareAndNoFlood) {
    PoolScene scene(conf::Balance::round_robin, {{}, {}, {}});
    scene.fail(2);
    scene.firsts(30);
    scene.pass(2s);
    const std::string after = scene.firsts(9);
    EXPECT_EQ(std::count(after.begin(), after.end(), '2'), 3) << after;
}

TEST(LeastSessions, PrefersTheFewestSessionsPerWeight) {
    PoolScene scene(conf::Balance::least_sessions, {{100}, {200}, {100}});
    scene.take(0, 3);
    scene.take(1, 4);
    scene.take(2, 5);
    EXPECT_EQ(scene.order(), (Places{1, 0, 2}));
}

TEST(LeastSessions, EqualMembersTakeTurns) {
    PoolScene scene(conf::Balance::least_sessions, {{}, {}, {}});
    EXPECT_EQ(scene.firsts(6), "012012");
}

TEST(LeastSessions, EqualMembersTakeTurnsOverAllWorkers) {
    for (const unsigned workers : {2U, 3U, 4U}) {
        PoolScene scene(conf::Balance::least_sessions, {{}, {}, {}}, 1, workers);
        EXPECT_EQ(firsts_at_any(scene, workers, 12), "012012012012") << workers;
    }
}

TEST(LeastSessions, SeesTheSessionsOfOtherWorkers) {
    PoolScene scene(conf::Balance::least_sessions, {{}, {}});
    scene.take(0, 1, 1);
    EXPECT_EQ(scene.firsts(3), "111");
}

TEST(LeastSessions, FillsMembersByWeight) {
    PoolScene scene(conf::Balance::least_sessions, {{100}, {200}, {300}});
    for (int i = 0; i < 600; ++i) scene.take(scene.order().front());
    EXPECT_EQ(scene.sessions(0), 100U);
    EXPECT_EQ(scene.sessions(1), 200U);
    EXPECT_EQ(scene.sessions(2), 300U);
}

TEST(LeastSessions, FillsManyMembersEvenly) {
    PoolScene scene(conf::Balance::least_sessions, std::vector<Spec>(100));
    for (int i = 0; i < 5000; ++i) scene.take(scene.order().front());
    for (std::size_t place = 0; place < 100; ++place)
        EXPECT_NEAR(scene.sessions(place), 50, 1) << place;
}

TEST(LeastSessions, SoonFindsTheEmptyOneAmongMany) {
    PoolScene scene(conf::Balance::least_sessions, std::vector<Spec>(100));
    for (std::size_t place = 0; place < 100; ++place)
        if (place != 77) scene.take(place, 9);
    int picks = 1;
    while (scene.order().front() != 77 && picks < 100) ++picks;
    EXPECT_LE(picks, 7);  // 100 / 16, rounded up
    for (int i = 0; i < 20; ++i) EXPECT_EQ(scene.order().front(), 77U);
}

TEST(RandomTwo, SpreadsNearlyAsEvenlyAsTheLeastLoaded) {
    PoolScene scene(conf::Balance::random_two, std::vector<Spec>(10));
    for (int i = 0; i < 1000; ++i) scene.take(scene.order().front());
    for (std::size_t place = 0; place < 10; ++place) {
        EXPECT_GE(scene.sessions(place), 95U) << place;
        EXPECT_LE(scene.sessions(place), 105U) << place;
    }
}

TEST(RandomTwo, FollowsTheWeights) {
    PoolScene scene(conf::Balance::random_two, {{100}, {200}, {300}, {400}});
    for (int i = 0; i < 1000; ++i) scene.take(scene.order().front());
    for (std::size_t place = 0; place < 4; ++place)
        EXPECT_NEAR(scene.sessions(place), 100.0 * static_cast<double>(place + 1), 15.0) << place;
}

TEST(RandomTwo, TheSameSeedGivesTheSamePicks) {
    PoolScene one(conf::Balance::random_two, std::vector<Spec>(10), 42);
    PoolScene two(conf::Balance::random_two, std::vector<Spec>(10), 42);
    PoolScene other(conf::Balance::random_two, std::vector<Spec>(10), 43);
    const std::string picks = one.firsts(50);
    EXPECT_EQ(picks, two.firsts(50));
    EXPECT_NE(picks, other.firsts(50));
}

class EveryPolicy : public testing::TestWithParam<conf::Balance> {};
INSTANTIATE_TEST_SUITE_P(Balance, EveryPolicy,
                         testing::Values(conf::Balance::round_robin, conf::Balance::least_sessions,
                                         conf::Balance::random_two, conf::Balance::hash_user,
                                         conf::Balance::hash_ip));

TEST_P(EveryPolicy, NamesEachCandidateOnceAndAtMostEight) {
    for (const std::size_t members : {1U, 2U, 7U, 8U, 9U, 300U}) {
        PoolScene scene(GetParam(), std::vector<Spec>(members));
        for (int i = 0; i < 20; ++i) {
            const Places order = scene.order();
            EXPECT_EQ(order.size(), std::min(members, Candidates::kMax));
            EXPECT_EQ(std::set<std::size_t>(order.begin(), order.end()).size(), order.size());
        }
    }
}

TEST_P(EveryPolicy, SendsNothingToWeightZero) {
    PoolScene scene(GetParam(), {{0}, {100}, {0}});
    for (int i = 0; i < 20; ++i) EXPECT_EQ(scene.order(), Places{1});
}

TEST_P(EveryPolicy, FindsNobodyInAnEmptyOrUnweightedPool) {
    PoolScene empty(GetParam(), {});
    EXPECT_EQ(empty.first(), "-");
    PoolScene unweighted(GetParam(), {{0}, {0}});
    EXPECT_EQ(unweighted.first(), "-");
}

TEST_P(EveryPolicy, StopsAtMaxSessionsOfTheWholeProcess) {
    PoolScene scene(GetParam(), {{100, 2}, {100, 3}});
    scene.take(0, 1, 0);
    scene.take(0, 1, 1);
    for (int i = 0; i < 10; ++i) EXPECT_EQ(scene.order(), Places{1});
    scene.take(1, 3);
    EXPECT_EQ(scene.first(), "-");
}

TEST_P(EveryPolicy, FindsTheOnlyOneWithRoomAmongMany) {
    std::vector<Spec> specs(100, Spec{.max_sessions = 1});
    specs[42].max_sessions = 50;
    PoolScene scene(GetParam(), specs);
    for (std::size_t place = 0; place < 100; ++place) scene.take(place);
    for (int i = 0; i < 20; ++i) EXPECT_EQ(scene.order(), Places{42});
}

TEST_P(EveryPolicy, TriesAFailedMemberLastForAWhile) {
    PoolScene scene(GetParam(), {{}, {}, {}});
    scene.fail(1);
    for (int i = 0; i < 20; ++i) {
        const Places order = scene.order();
        ASSERT_EQ(order.size(), 3U);
        EXPECT_EQ(order.back(), 1U);
    }
    scene.pass(2s);
    std::string after;
    for (int client = 0; client < 40; ++client)
        after += std::to_string(scene.home_of(
            *core::Endpoint::from_address("192.0.2." + std::to_string(client), 5222)));
    EXPECT_NE(after.find('1'), std::string::npos);
}

TEST_P(EveryPolicy, TriesFailedMembersRatherThanNone) {
    PoolScene scene(GetParam(), {{}, {}, {0}});
    scene.fail(0);
    scene.fail(1);
    EXPECT_EQ(scene.order().size(), 2U);
}

}  // namespace
}  // namespace balancer
