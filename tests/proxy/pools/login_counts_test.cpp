#include "proxy/pools/login_counts.h"

#include <gtest/gtest.h>

namespace proxy {
namespace {

TEST(LoginCounts, AreOfEachPool) {
    LoginCounts counts;
    counts.note("main", LoginResult::success);
    counts.note("main", LoginResult::refused, 3);
    counts.note("chat", LoginResult::unserved);
    EXPECT_EQ(counts.of_pool("main"), (LoginTally{1, 3, 0}));
    EXPECT_EQ(counts.of_pool("chat"), (LoginTally{0, 0, 1}));
    EXPECT_EQ(counts.of_pool("none"), LoginTally{});
}

}  // namespace
}  // namespace proxy
