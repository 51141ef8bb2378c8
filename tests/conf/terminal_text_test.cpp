// Aim: no byte of a file or of a peer steers the operator's terminal, and what can be read stays.

#include "conf/terminal_text.h"

#include <gtest/gtest.h>

#include <string>

#include "core/shown_text.h"
#include "xmpp/byte_scan.h"
#include "xmpp/xml_text.h"

namespace conf {
namespace {

TEST(TerminalText, LeavesWhatCanBeRead) {
    for (const std::string text : {"", "pool = \"main\"", "m\u00FCnchen.example",
                                   "\u20AC \U0001F600", "\u05D0\u05D1", "\u3002"}) {
        EXPECT_EQ(printable(text), text);
    }
    EXPECT_EQ(printable("a\tb"), "a b");
}

TEST(TerminalText, ShowsOneMarkForWhatSteersATerminal) {
    for (const std::string text :
         {"\x1B", "\x07", "\n", "\r", "\x7F", "\u0080", "\u009B", "\u061C", "\u200E", "\u202E",
          "\u2028", "\u2066", "\u00A0", "\u200B", "\uFEFF", "\u2069", "\uFFFF"}) {
        EXPECT_EQ(printable("a" + text + "b"), "a?b");
    }
    EXPECT_EQ(printable(std::string(1, '\0')), "?");
}

TEST(TerminalText, ShowsNoPasswordOfAUrl) {
    EXPECT_EQ(without_password("url = \"redis://u:geheim@h:1/0\" # x"),
              "url = \"redis://u:******@h:1/0\" # x");
    EXPECT_EQ(without_password("redis://:g@/\u00FC:@h1,h2"), "redis://:*****@h1,h2");
    for (const char* plain : {"redis://h:6379/0", "redis://u@h:6379", "a:b@c", "x@y://u:p", ""})
        EXPECT_EQ(without_password(plain), plain);
}

TEST(TerminalText, KnowsControlCharacters) {
    EXPECT_FALSE(has_control_characters(" a~\u20AC"));
    for (const std::string_view text : {"a\tb", "\x1F", "\x7F"})
        EXPECT_TRUE(has_control_characters(text));
}

TEST(TerminalText, ShowsOneMarkForEachByteThatIsNotUtf8) {
    EXPECT_EQ(printable("\x80"), "?");
    EXPECT_EQ(printable("\xC0\xAF"), "??");            // overlong '/'
    EXPECT_EQ(printable("\xE0\x80\xAF"), "???");       // the same, three bytes
    EXPECT_EQ(printable("\xED\xA0\x80"), "???");       // surrogate
    EXPECT_EQ(printable("\xF4\x90\x80\x80"), "????");  // above U+10FFFF
    EXPECT_EQ(printable("a\xE2\x82"), "a??");          // cut off
    EXPECT_EQ(printable("\xC3[31m"), "?[31m");
}

TEST(TerminalText, IsUtf8AndKeepsItsColumnsWhateverComes) {
    std::string all;
    for (int byte = 0; byte < 256; ++byte) all += static_cast<char>(byte);
    for (const std::string& text : {all, all + all, std::string(all.rbegin(), all.rend())}) {
        EXPECT_TRUE(xmpp::is_utf8(printable(text)));
        EXPECT_EQ(columns_of(printable(text)), text.size());
    }
    EXPECT_EQ(columns_of("\u20AC\u00FC1"), 3U);
}

TEST(TerminalText, BreaksLinesWhereNothingIsToBeCopied) {
    const auto broken = [](std::string_view text, std::size_t columns) {
        return broken_at_blanks(text, 0, columns, 2);
    };
    EXPECT_EQ(broken("aa bb cc", 8), "aa bb cc");
    EXPECT_EQ(broken("aa bb cc", 7), "aa bb\n  cc");
    EXPECT_EQ(broken("aa bb cc dd", 5), "aa bb\n  cc\n  dd");
    EXPECT_EQ(broken("write tls = \"starttls\" or \"direct\"", 20),
              "write\n  tls = \"starttls\"\n  or \"direct\"");
    EXPECT_EQ(broken("there is no folder \"/a b/c d\" here", 20),
              "there is no folder\n  \"/a b/c d\" here");
    EXPECT_EQ(broken("add [domain.\"a b\"] with [ x . y ]", 14),
              "add\n  [domain.\"a b\"]\n  with\n  [ x . y ]");
    EXPECT_EQ(broken_at_blanks("/my files/f.toml:1:1: error: bad file", 28, 10, 4),
              "/my files/f.toml:1:1: error:\n    bad\n    file");
    EXPECT_EQ(broken("\u20AC\u20AC \u20AC\u20AC", 5), "\u20AC\u20AC \u20AC\u20AC");
    EXPECT_EQ(broken("", 5), "");
    EXPECT_EQ(broken("averylongword", 5), "averylongword");
}

/// The gate of streams has a decoder of its own, which goes on where bytes are cut.
TEST(TerminalText, DecodesAsTheScannerDoes) {
    constexpr unsigned char kEdges[] = {0x00, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xFF};
    for (int lead = 0x80; lead < 0x100; ++lead) {
        for (const unsigned char second : kEdges) {
            for (const unsigned char third : kEdges) {
                for (const unsigned char fourth : kEdges) {
                    const char text[] = {static_cast<char>(lead), static_cast<char>(second),
                                         static_cast<char>(third), static_cast<char>(fourth)};
                    const auto scanned = xmpp::decode_utf8(text, text + sizeof text);
                    const core::TextFront front = core::text_front({text, sizeof text});
                    ASSERT_EQ(front.is_broken, scanned.size == 0);
                    if (front.is_broken) continue;
                    ASSERT_EQ(front.bytes.size(), scanned.size);
                    ASSERT_EQ(front.code, scanned.code);
                }
            }
        }
    }
}

}  // namespace
}  // namespace conf
