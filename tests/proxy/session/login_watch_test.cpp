// Aim: failed logins are told with what is known of them, and thousands of them in few lines.

#include "proxy/session/login_watch.h"

#include <gtest/gtest.h>

namespace proxy {
namespace {

TEST(LoginWatch, TellsAFailureOnceWithWhatTheLoginShowed) {
    LoginWatch watch;
    watch.begin("PLAIN", "juliet@example.org");
    watch.fail("not-authorized");
    const FailedLogins failed = watch.take();
    EXPECT_EQ(failed.count, 1U);
    ASSERT_EQ(failed.told.size(), 1U);
    EXPECT_EQ(failed.told[0].mechanism, "PLAIN");
    EXPECT_EQ(failed.told[0].user, "juliet@example.org");
    EXPECT_EQ(failed.told[0].condition, "not-authorized");
    EXPECT_EQ(failed.told[0].attempt, 1U);
    EXPECT_EQ(watch.take().count, 0U);
}

TEST(LoginWatch, NobodyGuessesWhereTheServerCouldNotJudge) {
    LoginWatch watch;
    for (const char* condition : {"not-authorized", "temporary-auth-failure", "account-disabled"}) {
        watch.begin("PLAIN", "juliet@example.org");
        watch.fail(condition);
    }
    const FailedLogins failed = watch.take();
    EXPECT_EQ(failed.count, 3U);
    EXPECT_EQ(failed.guesses, 2U);
}

TEST(LoginWatch, AFailureWithoutALoginIsToldWithoutNames) {
    LoginWatch watch;
    watch.fail("malformed-request");
    ASSERT_EQ(watch.take().told.size(), 1U);
}

TEST(LoginWatch, ShowsNoMechanismThatCannotBeOne) {
    LoginWatch watch;
    for (const char* name : {"", "PLAIN condition=x", "ABCDEFGHIJKLMNOPQRSTU", "PL\nAIN"}) {
        watch.begin(name, "");
        watch.fail("invalid-mechanism");
        EXPECT_EQ(watch.take().told.at(0).mechanism, "") << name;
    }
    watch.begin("SCRAM-SHA3-512-PLUS", "");
    watch.fail("invalid-mechanism");
    EXPECT_EQ(watch.take().told.at(0).mechanism, "SCRAM-SHA3-512-PLUS");
}

TEST(LoginWatch, CountsThousandsAndTellsFewOfThem) {
    LoginWatch watch;
    std::uint32_t count = 0;
    std::vector<std::uint32_t> told;
    for (int i = 0; i < 5000; ++i) {
        watch.begin("PLAIN", "juliet@example.org");
        watch.fail("not-authorized");
        if (i % 7 != 0) continue;
        const FailedLogins failed = watch.take();
        count += failed.count;
        for (const FailedLogin& each : failed.told) told.push_back(each.attempt);
    }
    count += watch.take().count;
    EXPECT_EQ(count, 5000U);
    EXPECT_EQ(told, (std::vector<std::uint32_t>{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 16, 32, 64, 128, 256,
                                                512, 1024, 2048, 4096}));
}

}  // namespace
}  // namespace proxy
