#include "core/digest.h"

#include <gtest/gtest.h>

#include "core/hex.h"

namespace core {
namespace {

TEST(Digest, IsThatOfTheStandards) {  // RFC 6234 section 8.5, test 1
    EXPECT_EQ(hex(sha1("abc")), "a9993e364706816aba3e25717850c26c9cd0d89d");
    EXPECT_EQ(hex(sha256("abc")),
              "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Digest, OfNothingAndOfZeros) {
    EXPECT_EQ(hex(sha1("")), "da39a3ee5e6b4b0d3255bfef95601890afd80709");
    EXPECT_NE(sha256(std::string_view("\0", 1)), sha256(""));
}

}  // namespace
}  // namespace core
