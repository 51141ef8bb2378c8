#include "core/random_bytes.h"

#include <gtest/gtest.h>

#include <cstdint>

namespace core {
namespace {

TEST(RandomBytes, AreAsManyAsAskedForAndNeverTheSame) {
    EXPECT_EQ(random_bytes(0), "");
    EXPECT_EQ(random_bytes(32).size(), 32U);
    EXPECT_NE(random_bytes(32), random_bytes(32));
}

TEST(RandomBytes, FillAWholeValue) {
    struct TwoWords {
        std::uint64_t first = 0;
        std::uint64_t second = 0;
    };
    const auto one = random_value<TwoWords>();
    const auto other = random_value<TwoWords>();
    EXPECT_NE(one.first, other.first);
    EXPECT_NE(one.second, other.second);
}

}  // namespace
}  // namespace core
