// Aim: memory goes back once a storm is over, once, and never in the midst of one.

#include "proxy/process/storm_watch.h"

#include <gtest/gtest.h>

namespace proxy {
namespace {

TEST(StormWatchTest, SaysSoOnceAfterAStorm) {
    StormWatch watch;
    for (const std::uint32_t sessions : {0U, 4'000U, 10'000U, 10'000U})
        EXPECT_FALSE(watch.look(sessions));
    EXPECT_FALSE(watch.look(6'000)) << "they still go";
    EXPECT_FALSE(watch.look(1'000));
    EXPECT_FALSE(watch.look(990));
    EXPECT_FALSE(watch.look(1'000));
    EXPECT_TRUE(watch.look(990));
    for (int i = 0; i < 10; ++i) EXPECT_FALSE(watch.look(1'000));
    for (int i = 0; i < 3; ++i) EXPECT_FALSE(watch.look(100));
    EXPECT_TRUE(watch.look(100)) << "and the rest of it";
}

TEST(StormWatchTest, IsSilentAboutBreezes) {
    StormWatch watch;
    for (int i = 0; i < 100; ++i) {
        EXPECT_FALSE(watch.look(1'000));
        for (int j = 0; j < 5; ++j) EXPECT_FALSE(watch.look(600));
    }
    StormWatch small;
    EXPECT_FALSE(small.look(400));
    for (int i = 0; i < 5; ++i) EXPECT_FALSE(small.look(0));
}

}  // namespace
}  // namespace proxy
