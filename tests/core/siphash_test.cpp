#include "core/siphash.h"

#include <gtest/gtest.h>

#include <string>

namespace core {
namespace {

// Key and messages of the authors' test vectors: bytes 00, 01, 02 and so on.
constexpr SipKey kKey{0x0706050403020100, 0x0f0e0d0c0b0a0908};

std::string counting(std::size_t length) {
    std::string bytes;
    for (std::size_t i = 0; i < length; ++i) bytes.push_back(static_cast<char>(i));
    return bytes;
}

TEST(Siphash, GivesTheAuthorsVectors) {
    EXPECT_EQ(siphash(kKey, counting(0)), 0x726fdb47dd0e0e31U);
    EXPECT_EQ(siphash(kKey, counting(1)), 0x74f839c593dc67fdU);
    EXPECT_EQ(siphash(kKey, counting(8)), 0x93f5f5799a932462U);
    EXPECT_EQ(siphash(kKey, counting(15)), 0xa129ca6149be45e5U);
}

TEST(Siphash, DependsOnKeyBytesAndLength) {
    EXPECT_NE(siphash(kKey, "a"), siphash({1, 2}, "a"));
    EXPECT_NE(siphash(kKey, "a"), siphash(kKey, "b"));
    EXPECT_NE(siphash(kKey, std::string(1, '\0')), siphash(kKey, std::string(2, '\0')));
}

}  // namespace
}  // namespace core
