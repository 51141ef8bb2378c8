#include <gtest/gtest.h>

#include "tests/proxy/session/session_scene.h"

namespace proxy {
namespace {

using namespace std::literals;
using test::SessionScene;

TEST(WaitedLogin, TheDeadlineCountsFromTheAccept) {
    SessionScene scene({.limits = {.login = 10s}, .waited = 4'700ms});
    scene.pass(5'999ms);
    EXPECT_EQ(scene.ended, "nothing");
    scene.pass(1ms);
    EXPECT_EQ(scene.ended, "login_timeout");
}

TEST(WaitedLogin, WhoHasWaitedAsLongHasASecond) {
    SessionScene scene({.limits = {.login = 5s}, .waited = 9s});
    scene.pass(999ms);
    EXPECT_EQ(scene.ended, "nothing");
    scene.pass(1ms);
    EXPECT_EQ(scene.ended, "login_timeout");
}

}  // namespace
}  // namespace proxy
