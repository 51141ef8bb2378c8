#include "core/ascii.h"

#include <gtest/gtest.h>

namespace core {
namespace {

TEST(AsciiTest, KnowsTheClassesOfAllBytes) {
    std::string controls;
    std::string alphanumerics;
    std::string with_another_lower;
    for (int value = -128; value < 128; ++value) {
        const auto byte = static_cast<char>(value);
        if (is_ascii_control(byte)) controls += byte;
        if (is_ascii_alphanumeric(byte)) alphanumerics += byte;
        if (ascii_lower(byte) != byte) with_another_lower += byte;
    }
    EXPECT_EQ(controls.size(), 33U);
    EXPECT_EQ(controls.front(), '\0');
    EXPECT_EQ(controls.substr(31), "\x1F\x7F");
    EXPECT_EQ(alphanumerics, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");
    EXPECT_EQ(with_another_lower, "ABCDEFGHIJKLMNOPQRSTUVWXYZ");
}

TEST(AsciiTest, LowersAsciiOnly) {
    EXPECT_EQ(ascii_lower("IM.Example.ORG @[`{ \xC3\x84"), "im.example.org @[`{ \xC3\x84");
}

}  // namespace
}  // namespace core
