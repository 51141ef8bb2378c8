#include "proxy/monitor/readiness.h"

#include <gtest/gtest.h>

#include "tests/proxy/monitor/monitored_example.h"

namespace proxy {
namespace {

using State = balancer::HealthMachine::State;

TEST(Readiness, IsThereWhileEachPoolHasABackend) {
    auto what = example_monitored();
    EXPECT_EQ(why_not_ready(what), "");
    what.status.pools[0].backends[0].health = State::down;
    what.status.pools[0].backends[1].health = State::unknown;  // not checked yet, or never
    EXPECT_EQ(why_not_ready(what), "");
}

TEST(Readiness, NamesEachPoolWithoutOne) {
    auto what = example_monitored();
    what.status.pools[0].backends[0].health = State::down;
    what.status.pools[0].backends[0].failure = "connection refused";
    what.status.pools[0].backends[1].admin = balancer::AdminState::drain;
    const std::string why = why_not_ready(what);
    EXPECT_TRUE(why.starts_with("no backend of pool main takes sessions\n  a: down")) << why;
    EXPECT_NE(why.find("connection refused"), std::string::npos) << why;
    EXPECT_EQ(why.find("chat"), std::string::npos) << why;
}

TEST(Readiness, CountsNoWeightAndNoRoomAsNone) {
    auto what = example_monitored();
    what.status.pools[1].backends[0].weight = 0;
    EXPECT_NE(why_not_ready(what), "");
    what = example_monitored();
    what.status.pools[1].backends[0].max_sessions = 5;
    what.status.pools[1].backends[0].sessions = 5;
    EXPECT_NE(why_not_ready(what), "");
}

TEST(Readiness, EndsWhenTheProcessStops) {
    auto what = example_monitored();
    what.is_stopping = true;
    EXPECT_EQ(why_not_ready(what), "the process is stopping\n");
}

}  // namespace
}  // namespace proxy
