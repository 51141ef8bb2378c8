#include "core/time_counts.h"

#include <gtest/gtest.h>

namespace core {
namespace {

TEST(TimeCounts, PutTimesWhereTheyBelong) {
    TimeCounts counts;
    for (const int milliseconds : {0, 10, 11, 1'000, 30'000, 30'001})
        counts.note(std::chrono::milliseconds(milliseconds));
    TimeTally tally;
    counts.add_to(tally);
    EXPECT_EQ(tally.counts, (std::array<std::uint64_t, 13>{1, 1, 1, 0, 0, 0, 0, 1, 0, 0, 0, 1, 1}));
    EXPECT_DOUBLE_EQ(tally.seconds, 61.022);
}

TEST(TimeCounts, AddUp) {
    TimeCounts one;
    TimeCounts other;
    one.note(std::chrono::milliseconds(5));  // belongs to the step that ends there
    other.note(std::chrono::milliseconds(3));
    TimeTally tally;
    one.add_to(tally);
    other.add_to(tally);
    EXPECT_EQ(tally.counts[0], 2U);
    EXPECT_DOUBLE_EQ(tally.seconds, 0.008);
}

}  // namespace
}  // namespace core
