#include "core/base64.h"

#include <gtest/gtest.h>

namespace core {
namespace {

TEST(Base64, IsWrittenAsTheStandardShowsIt) {
    // RFC 4648 section 10.
    EXPECT_EQ(encode_base64(""), "");
    EXPECT_EQ(encode_base64("f"), "Zg==");
    EXPECT_EQ(encode_base64("fo"), "Zm8=");
    EXPECT_EQ(encode_base64("foo"), "Zm9v");
    EXPECT_EQ(encode_base64("foob"), "Zm9vYg==");
    EXPECT_EQ(encode_base64("fooba"), "Zm9vYmE=");
    EXPECT_EQ(encode_base64("foobar"), "Zm9vYmFy");
    EXPECT_EQ(encode_base64("\xff\xfe\xfb"), "//77");
}

}  // namespace
}  // namespace core
