// Aim: one rule says which characters of a stranger's text are shown as they are.

#include "core/shown_text.h"

#include <gtest/gtest.h>

#include "core/quoted_text.h"

namespace core {
namespace {

TEST(ShownText, HidesWhatSteersOrDeceives) {
    for (const std::uint32_t code :
         {0x00,   0x09,   0x1F,   0x7F,   0x80,   0x9F,   0xA0,   0x061C, 0x200B, 0x200E, 0x200F,
          0x2028, 0x2029, 0x202A, 0x202E, 0x2060, 0x2066, 0x2069, 0xFEFF, 0xFFFE, 0xFFFF}) {
        EXPECT_FALSE(may_be_shown(code)) << std::hex << code;
    }
    for (const std::uint32_t code : {0x20, 0x7E, 0xA1, 0x05D0, 0x200C, 0x200D, 0x2010, 0x2027,
                                     0x202F, 0x2065, 0x206A, 0xFFFD, 0x1F4AC}) {
        EXPECT_TRUE(may_be_shown(code)) << std::hex << code;
    }
}

TEST(ShownText, LogsInBothFormsEscapeWhatIsHidden) {
    EXPECT_EQ(text_quoted("a\u202Eb\u2028"), R"("a\xe2\x80\xaeb\xe2\x80\xa8")");
    EXPECT_EQ(json_quoted("a\u202Eb\u2028\uFEFF"), R"("a\u202eb\u2028\ufeff")");
    EXPECT_EQ(text_quoted("\u05D0\u200D"), "\u05D0\u200D");
}

TEST(ShownText, NamesTheFirstCharacterOrByte) {
    const TextFront letter = text_front("\u20ACx");
    EXPECT_EQ(letter.bytes, "\u20AC");
    EXPECT_EQ(letter.code, 0x20ACU);
    EXPECT_TRUE(letter.may_be_shown);
    const TextFront broken = text_front("\xE2\x82");
    EXPECT_EQ(broken.bytes, "\xE2");
    EXPECT_TRUE(broken.is_broken);
    EXPECT_FALSE(broken.may_be_shown);
}

}  // namespace
}  // namespace core
