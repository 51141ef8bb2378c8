#include "core/hex.h"

#include <gtest/gtest.h>

namespace core {
namespace {

TEST(HexTest, WritesTwoDigitsForEachByte) {
    EXPECT_EQ(hex({"\x00\x01\x7f\x80\xab\xff", 6}), "00017f80abff");
    EXPECT_EQ(hex(""), "");
}

}  // namespace
}  // namespace core
