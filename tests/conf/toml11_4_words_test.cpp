// Aim: a complaint of toml11 4 becomes what toml11 3 says of the same text, at the same place. With
// toml11 4 installed, toml_document_test goes the whole way.

#include "conf/toml11_4_words.h"

#include <gtest/gtest.h>

namespace conf {
namespace {

/// "line:column words", both from 1.
std::string said(std::string theirs, TomlPlace at, std::string_view text) {
    const TomlComplaint ours = as_toml11_3_says({std::move(theirs), true, at, {}}, text);
    return std::to_string(ours.at.line) + ":" + std::to_string(ours.at.column + 1) + " " +
           ours.said;
}

TEST(Toml11FourWords, KeepsASentenceThatIsNotKnown) {
    EXPECT_EQ(said("toml::parse_new: something", {7, 3}, "a = 1\n"),
              "7:4 toml::parse_new: something");
}

TEST(Toml11FourWords, PointsWhereAHeaderBegins) {
    EXPECT_EQ(said("toml::parse_table_key: invalid table key", {2, 5}, "a = 1\n [tls\n"),
              "2:2 invalid key appeared");
    EXPECT_EQ(said("toml::parse_file: newline (or EOF) expected", {1, 4}, "[a] b\n"),
              "1:4 newline required after");
}

TEST(Toml11FourWords, PointsAtTheQuoteThatIsNotClosed) {
    EXPECT_EQ(said("toml::parse_basic_string: invalid string format", {1, 8}, "x = \"abc\n"),
              "1:5 toml::parse_basic_string: invalid string format");
    EXPECT_EQ(
        said("toml::parse_ml_basic_string: invalid string format", {3, 1}, "x = \"\"\"abc\n\nd\n"),
        "1:5 toml::parse_ml_basic_string: invalid string format");
    EXPECT_EQ(said("toml::parse_escape_sequence: unknown escape sequence.", {1, 11},
                   "x = [\"a\", \"b\\q\"]\n"),
              "1:11 parse_basic_string");
    EXPECT_EQ(said("toml::parse_basic_string: invalid string format", {1, 6}, "\"a = 1\n"),
              "1:1 invalid key appeared");
}

TEST(Toml11FourWords, TellsAMissingValueFromAWrongOne) {
    constexpr std::string_view kUnknown = "toml::parse_value: unknown value appeared";
    EXPECT_EQ(said(std::string(kUnknown), {1, 4}, "x = # later\n"), "1:5 missing value after");
    EXPECT_EQ(said(std::string(kUnknown), {1, 4}, "x = main\n"), "1:5 " + std::string(kUnknown));
    EXPECT_EQ(said(std::string(kUnknown), {2, 0}, "x = [1, # [\nmain]\n"),
              "2:1 parse_array: invalid format appeared in an array");
}

TEST(Toml11FourWords, TellsAMissingSeparatorFromABrokenKey) {
    constexpr std::string_view kSeparator =
        "toml::parse_key_value_pair: invalid key value separator `=`";
    EXPECT_EQ(said(std::string(kSeparator), {1, 5}, "cert dir = 1\n"),
              "1:5 invalid format for key");
    EXPECT_EQ(said(std::string(kSeparator), {1, 3}, "x  y\n"), "1:2 missing key-value separator");
}

TEST(Toml11FourWords, StaysInsideOfAnyText) {
    for (const std::string_view text : {"", "\n", "[", "\"", "a"}) {
        for (const char* words : {"invalid table key", "parse_basic_string", "parse_utf8_codepoint",
                                  "invalid key: key must be", "unknown value appeared",
                                  "missing closing bracket `]`", "`,` or closing `}`"}) {
            EXPECT_FALSE(said(words, {9, 99}, text).empty());
            EXPECT_FALSE(said(words, {1, 0}, text).empty());
        }
    }
}

}  // namespace
}  // namespace conf
