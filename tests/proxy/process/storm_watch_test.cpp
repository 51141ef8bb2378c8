// Aim: memory goes back once a storm is over, once, and never in the midst of one.

#include "proxy/process/storm_watch.h"

#include <gtest/gtest.h>

namespace proxy {
namespace {

TEST(StormWatchTest, SaysSoOnceAfterAStorm) {
    StormWatch watch;
    for (const std::uint32_t sessions : {0U, 4'000U, 10'000U, 10'000U})
        EXPECT_FALSE(watch.look(sessions, 0));
    EXPECT_FALSE(watch.look(6'000, 0)) << "they still go";
    EXPECT_FALSE(watch.look(1'000, 0));
    EXPECT_FALSE(watch.look(990, 0));
    EXPECT_FALSE(watch.look(1'000, 0));
    EXPECT_TRUE(watch.look(990, 0));
    for (int i = 0; i < 10; ++i) EXPECT_FALSE(watch.look(1'000, 0));
    for (int i = 0; i < 3; ++i) EXPECT_FALSE(watch.look(100, 0));
    EXPECT_TRUE(watch.look(100, 0)) << "and the rest of it";
}

TEST(StormWatchTest, IsSilentAboutBreezes) {
    StormWatch watch;
    for (int i = 0; i < 100; ++i) {
        EXPECT_FALSE(watch.look(1'000, 0));
        for (int j = 0; j < 5; ++j) EXPECT_FALSE(watch.look(600, 0));
    }
    StormWatch small;
    EXPECT_FALSE(small.look(400, 0));
    for (int i = 0; i < 5; ++i) EXPECT_FALSE(small.look(0, 0));
}

TEST(StormWatchTest, HandshakesAreAStorm) {
    StormWatch watch;
    std::uint64_t handshakes = 0;
    std::uint32_t sessions = 0;
    const auto second = [&](unsigned come) {
        sessions += come;
        return watch.look(sessions, handshakes += come);
    };
    for (int i = 0; i < 10; ++i) EXPECT_FALSE(second(500));
    EXPECT_FALSE(second(100)) << "the rest of them";
    for (int i = 0; i < StormWatch::kQuietLooks - 1; ++i) EXPECT_FALSE(second(5));
    EXPECT_TRUE(second(5));
    for (int i = 0; i < 100; ++i) EXPECT_FALSE(second(50)) << "as on any day";
}

}  // namespace
}  // namespace proxy
