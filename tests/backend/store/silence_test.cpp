// Aim: what is silence, and what only looks like it or hides it.

#include "backend/store/silence.h"

#include <gtest/gtest.h>

namespace backend {
namespace {

using std::chrono::milliseconds;

constexpr StoreSilence::TimePoint kStart{};

TEST(StoreSilence, LastsFromTheFirstRequestThatHasNoAnswer) {
    StoreSilence silence;
    EXPECT_FALSE(silence.since()) << "nobody has asked";
    silence.on_asked(kStart);
    silence.on_asked(kStart + milliseconds(5));
    EXPECT_EQ(silence.since(), kStart);
}

TEST(StoreSilence, EndsWithTheLastAnswer) {
    StoreSilence silence;
    silence.on_asked(kStart);
    silence.on_answer(kStart + milliseconds(1), true);
    EXPECT_FALSE(silence.since());
}

TEST(StoreSilence, BeginsAnewWithEachAnswerThatIsNotTheLast) {
    StoreSilence silence;
    silence.on_asked(kStart);
    silence.on_answer(kStart + milliseconds(7), false);
    EXPECT_EQ(silence.since(), kStart + milliseconds(7)) << "a long queue is no silence";
}

}  // namespace
}  // namespace backend
