// Aim: whatever a network does to requests and answers, every stanza arrives once and in order both
// ways, or the session ends with a name for it.

#include <gtest/gtest.h>

#include "tests/proxy/web/bosh_world.h"

namespace proxy::scene {
namespace {

const BoshHabits kStrophe{.name = "strophe", .second_patience = 0.1, .counts_early_answers = false};
const BoshHabits kStanzaJs{.name = "stanza.js", .hold = 2};
const BoshHabits kJbosh{.name = "jbosh", .acknowledges = true, .has_keys = true};
const BoshHabits kPolling{.name = "polling", .hold = 0};
const BoshHabits kShortWait{.name = "short wait", .wait = 5, .second_patience = 0.5};

struct Tally {
    int complete = 0;
    int told_all = 0;
    int named = 0;  // ends that are neither
};

/// `rounds` rounds; whatever goes wrong is told with its seed.
Tally play(const BoshHabits& habits, const BoshWeather& weather, int rounds) {
    Tally tally;
    for (int seed = 1; seed <= rounds; ++seed) {
        BoshWorld world(habits, weather, static_cast<unsigned>(seed));
        const std::string wrong = world.run(10);
        EXPECT_EQ(wrong, "") << habits.name << ", seed " << seed;
        if (!wrong.empty()) return tally;
        tally.complete += world.is_complete();
        tally.told_all += world.is_told_all();
        const BoshOver& end = world.end();
        tally.named +=
            end.end == BoshEnd::inactive || (end.end == BoshEnd::refused && end.condition);
    }
    return tally;
}

TEST(BoshSimulation, EveryStanzaArrivesWhereRequestsOvertakeEachOther) {
    const BoshWeather weather{.twice_percent = 20};
    for (const BoshHabits& habits : {kStrophe, kStanzaJs, kJbosh, kPolling, kShortWait})
        EXPECT_EQ(play(habits, weather, 400).complete, 400) << habits.name;
}

TEST(BoshSimulation, EveryStanzaArrivesWhereLossesAreNoticed) {
    const BoshWeather weather{
        .lost_percent = 20, .twice_percent = 10, .broken_percent = 20, .reload_percent = 10};
    for (const BoshHabits& habits : {kStrophe, kStanzaJs, kJbosh, kPolling, kShortWait})
        EXPECT_EQ(play(habits, weather, 800).complete, 800) << habits.name;
}

TEST(BoshSimulation, EveryStanzaArrivesBeforeTheServersEnd) {
    const BoshWeather weather{.server_ends = true};  // nothing is lost: the end is said once
    for (const BoshHabits& habits : {kStrophe, kStanzaJs, kJbosh, kPolling, kShortWait})
        EXPECT_EQ(play(habits, weather, 400).told_all, 400) << habits.name;
}

TEST(BoshSimulation, SessionsEndWithANameWhereLossesAreNotNoticed) {
    const BoshWeather weather{
        .lost_percent = 10, .silently_percent = 50, .twice_percent = 10, .broken_percent = 10};
    for (const BoshHabits& habits : {kStrophe, kStanzaJs, kJbosh, kPolling}) {
        const Tally tally = play(habits, weather, 400);
        EXPECT_EQ(tally.complete + tally.named, 400) << habits.name;
    }
    // Where a client repeats before the inactivity is over, nothing ends at all.
    EXPECT_EQ(play(kShortWait, weather, 400).complete, 400);
}

}  // namespace
}  // namespace proxy::scene
