// Aim: whatever a value holds, it stays inside its quotes and on its line.

#include "core/quoted_text.h"

#include <gtest/gtest.h>

namespace core {
namespace {

TEST(TextQuoted, LeavesPlainValuesAlone) {
    for (const char* plain :
         {"a.example", "192.0.2.7:50122", "b/c", "m\xC3\xBCnchen", "[::1]:5222"}) {
        EXPECT_EQ(text_quoted(plain), plain);
    }
}

TEST(TextQuoted, QuotesWhatWouldBreakALine) {
    EXPECT_EQ(text_quoted(""), "\"\"");
    EXPECT_EQ(text_quoted("a b"), "\"a b\"");
    EXPECT_EQ(text_quoted("a=b"), "\"a=b\"");
    EXPECT_EQ(text_quoted("a\"b\\"), R"("a\"b\\")");
    EXPECT_EQ(text_quoted("\t\r\n"), R"("\t\r\n")");
    EXPECT_EQ(text_quoted(std::string_view("\0\x1B[2J\x7F", 6)), R"("\x00\x1b[2J\x7f")");
    EXPECT_EQ(text_quoted("\xC2\x9B"
                          "2J"),
              R"("\xc2\x9b2J")");  // C1: a terminal obeys it too
    EXPECT_EQ(text_quoted("\xFF\xC0\x80"), R"("\xff\xc0\x80")");
}

TEST(JsonQuoted, EscapesWhatJsonForbids) {
    EXPECT_EQ(json_quoted(""), "\"\"");
    EXPECT_EQ(json_quoted("a\"b\\c/"), R"("a\"b\\c/")");
    EXPECT_EQ(json_quoted("\b\f\n\r\t"), R"("\u0008\u000c\n\r\t")");
    EXPECT_EQ(json_quoted(std::string_view("\0\x1F\x7F", 3)), R"("\u0000\u001f\u007f")");
    EXPECT_EQ(json_quoted("\xC2\x80\xC2\x9F\xC2\xA0"), "\"\\u0080\\u009f\\u00a0\"");
    EXPECT_EQ(json_quoted("\xF0\x9F\x92\xAC"), "\"\xF0\x9F\x92\xAC\"");
}

TEST(JsonQuoted, ReplacesBytesThatAreNotUtf8) {
    const std::string replacement = "\xEF\xBF\xBD";
    EXPECT_EQ(json_quoted("\xFF"), '"' + replacement + '"');
    EXPECT_EQ(json_quoted("a\xC3"), "\"a" + replacement + '"');                 // cut short
    EXPECT_EQ(json_quoted("\xC0\xAF"), '"' + replacement + replacement + '"');  // overlong
    EXPECT_EQ(json_quoted("\xED\xA0\x80"),
              '"' + replacement + replacement + replacement + '"');  // surrogate
    EXPECT_EQ(json_quoted("\xF4\x90\x80\x80").size(),
              2 + 4 * replacement.size());  // above U+10FFFF
}

}  // namespace
}  // namespace core
