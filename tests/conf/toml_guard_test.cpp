// Aim: what toml11 3.7.1 cannot stand never reaches it, and nothing that is right is refused.

#include "conf/toml_guard.h"

#include <gtest/gtest.h>

#include <string>

#include "conf/load.h"

namespace conf {
namespace {

std::string repeated(const std::string& part, std::size_t count) {
    std::string text;
    for (std::size_t i = 0; i < count; ++i) text += part;
    return text;
}

TEST(TomlGuard, RefusesDeepNestingThatOverflowsTheParser) {
    for (const char* bracket : {"[", "{a=", "[\n", "{ a = [ "}) {
        const std::string text = "x = " + repeated(bracket, 100'000);
        const auto found = examine_text(text, "f").problems;
        ASSERT_EQ(found.size(), 1U);
        EXPECT_TRUE(found[0].what.starts_with("nested deeper") ||
                    found[0].what.starts_with("a line longer"))
            << found[0].what;
    }
    EXPECT_TRUE(guard(repeated("a.", 100) + "b = 1"));
    EXPECT_TRUE(guard("[" + repeated("a . ", 100) + "b]"));
}

TEST(TomlGuard, CountsWhatTheParserIsSlowFor) {
    for (const char* item : {"[t]\n", "[[t]]\n", "a = 1\n", "x = [{}]\n", "1,\n"}) {
        const std::string most = repeated(item, kConfigItems);
        const auto refusal = guard(most + item);
        ASSERT_TRUE(refusal) << item;
        EXPECT_EQ(refusal->what, "more than 50000 tables, keys and values");
    }
    for (const char* item : {"[a.b.c]\n", "[[a.b.c]]\n", "a.b.c.d = 1\n"})
        EXPECT_FALSE(guard(repeated(item, kConfigItems))) << item;
    EXPECT_TRUE(guard(repeated("a.b.c.d.e = 1\n", kConfigItems)));
    EXPECT_FALSE(guard(repeated("[t]\n", kConfigItems)));
    EXPECT_TRUE(guard(repeated("[t]\n", kConfigItems + 1)));
    EXPECT_FALSE(guard(repeated("# [a.b] = 1, 2\n", kConfigItems) + "x = \"" +
                       repeated("[=,.", 500) + "\"\n"));
}

TEST(TomlGuard, DepthIsExact) {
    EXPECT_FALSE(guard("x = " + repeated("[", kConfigDepth) + repeated("]", kConfigDepth)));
    const auto refusal = guard("x = " + repeated("[", kConfigDepth + 1));
    ASSERT_TRUE(refusal);
    EXPECT_EQ(refusal->at, 4 + kConfigDepth);
    EXPECT_FALSE(guard(repeated("a.", kConfigDepth - 1) + "b = 1"));
    EXPECT_TRUE(guard(repeated("a.", kConfigDepth) + "b = 1"));
}

TEST(TomlGuard, BracketsInStringsAndCommentsDoNotCount) {
    const std::string many = repeated("[", 100);
    for (const std::string& text :
         {"x = \"" + many + "\"", "x = '" + many + "'", "# " + many,
          "x = \"\"\"\n" + many + "\n\"\"\"", "x = '''" + many + "'''", "x = \"\\\"" + many + "\"",
          "x = \"\"\"a\"\"" + many + "\"\"\"\"\"", "x = 1 # \" ' " + many,
          repeated("x = [1.5, 2.5]\n", 100)}) {
        EXPECT_FALSE(guard(text)) << text;
    }
}

TEST(TomlGuard, BracketsBehindStringsCount) {
    const std::string many = repeated("[", 100);
    for (const std::string& text :
         {"x = \"a\" " + many, "x = '\\' " + many, "x = \"\" " + many, "# \"\n" + many,
          "x = \"\"\"\"\"\" " + many, "x = '''a''''' " + many, "x = \"\\\\\" " + many}) {
        EXPECT_TRUE(guard(text)) << text;
    }
}

TEST(TomlGuard, NamesTheHabitsOfOtherEditors) {
    for (const char* mark : {"\xFF\xFE", "\xFE\xFF"}) {
        const auto utf16 = guard(std::string(mark) + std::string("v\0e\0", 4));
        ASSERT_TRUE(utf16);
        EXPECT_EQ(utf16->what, "this is UTF-16");
    }
    const auto old_mac = guard("version = 1\r[tls]\r");
    ASSERT_TRUE(old_mac);
    EXPECT_EQ(old_mac->at, 11U);
    EXPECT_EQ(old_mac->what, "a carriage return that ends no line");
    EXPECT_FALSE(guard("version = 1\r\n[tls]\r\n"));
    EXPECT_FALSE(guard("version = 1\r\n[tls]\r"));  // cut off, which is for the parser to say
    EXPECT_TRUE(guard("x = \"a\rb\"\n"));
    EXPECT_EQ(guard("# a\x01 b\n")->what, "a control character");
    EXPECT_EQ(guard("# a\x01 b\n")->at, 3U);
    EXPECT_FALSE(guard("\tx = \"\t\"\n"));
}

TEST(TomlGuard, RefusesBytesThatAreNoText) {
    const auto nul = guard(std::string_view("a = 1\nb\0", 8));
    ASSERT_TRUE(nul);
    EXPECT_EQ(nul->at, 7U);
    for (const char* broken : {"\xFF", "\xC0\x80", "\xED\xA0\x80", "\xC3", "\xF4\x90\x80\x80"}) {
        const auto refusal = guard("a = 1\nb = \"\xC3\xBC" + std::string(broken));
        ASSERT_TRUE(refusal);
        EXPECT_EQ(refusal->at, 13U);
    }
}

TEST(TomlGuard, RefusesHugeFilesAndLines) {
    EXPECT_FALSE(guard(repeated("#23456789012345\n", kConfigBytes / 16)));
    EXPECT_TRUE(guard(repeated("#23456789012345\n", kConfigBytes / 16) + "\n"));
    EXPECT_FALSE(guard(std::string(kConfigLineBytes, '#')));
    EXPECT_TRUE(guard(std::string(kConfigLineBytes + 1, '#')));
}

}  // namespace
}  // namespace conf
