#include "core/random_bytes.h"

#include <gtest/gtest.h>

namespace core {
namespace {

TEST(RandomBytes, AreAsManyAsAskedForAndNeverTheSame) {
    EXPECT_EQ(random_bytes(0), "");
    EXPECT_EQ(random_bytes(32).size(), 32U);
    EXPECT_NE(random_bytes(32), random_bytes(32));
}

}  // namespace
}  // namespace core
