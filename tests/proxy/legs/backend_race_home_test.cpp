// Aim: who would lose something at another backend waits for his own until it is known to hang.

#include <gtest/gtest.h>

#include "proxy/legs/backend_race.h"
#include "tests/proxy/legs/backend_race_scene.h"

namespace proxy {
namespace {

using namespace std::chrono_literals;
using balancer::BackendId;

/// Sessions that would lose something at another backend.
class WithAHome : public BackendRaceTest {
protected:
    void expect_patience() {
        set_up();
        for (int i = 0; i < 2; ++i) patience().note_answer(BackendId(i), 5ms);
        look_for_backend();
        EXPECT_TRUE(nobody_asks(second, 500ms));
        let_first_hang();
        EXPECT_TRUE(are_both_asked());
        says(second, kRaceAnswer);
        EXPECT_TRUE(settles());
    }
};

TEST_F(WithAHome, TheOwnerOfASessionIsWaitedForUntilItIsKnownToHang) {
    owner_is_first = true;
    expect_patience();
}

TEST_F(WithAHome, AStandInServesNobodyWhileTheOthersLive) {
    config.pools[0].backends[1].priority = 7;
    expect_patience();
}

TEST_F(WithAHome, AUserThatAHashHasPlacedStaysThere) {
    config.pools[0].balance = conf::Balance::hash_ip;
    set_up();
    const auto order = router->route({.domain = "example.org"}, now()).value();
    if (order[0].id == BackendId(1))
        std::swap(config.pools[0].backends[0].port, config.pools[0].backends[1].port);
    set_up();
    for (int i = 0; i < 2; ++i) patience().note_answer(BackendId(i), 5ms);
    look_for_backend();
    EXPECT_TRUE(nobody_asks(second, 500ms));
    for (int i = 0; i < 3; ++i) patience().note_waiting(order[0].id, now() - 1s, now());
    EXPECT_TRUE(are_both_asked());
}

TEST_F(WithAHome, WhereEveryBackendKnowsTheSessionTheNextOneIsTriedAsForAnybody) {
    owner_is_first = true;
    config.pools[0].resume_anywhere = true;
    open();
    EXPECT_TRUE(are_both_asked());
}

TEST_F(WithAHome, DevicesThatShareABackendStayTogether) {
    owner_is_first = true;
    config.pools[0].resume_anywhere = true;
    config.pools[0].together = true;
    expect_patience();
}

}  // namespace
}  // namespace proxy
