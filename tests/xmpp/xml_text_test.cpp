#include "xmpp/xml_text.h"

#include <gtest/gtest.h>

#include "xmpp/element.h"

namespace xmpp {
namespace {

TEST(XmlText, AcceptsEveryLengthOfUtf8) {
    EXPECT_TRUE(is_utf8(""));
    EXPECT_TRUE(is_utf8("a\x7F"));
    EXPECT_TRUE(is_utf8("\xC2\x80 \xDF\xBF"));
    EXPECT_TRUE(is_utf8("\xE0\xA0\x80 \xED\x9F\xBF \xEE\x80\x80 \xEF\xBF\xBF"));
    EXPECT_TRUE(is_utf8("\xF0\x90\x80\x80 \xF4\x8F\xBF\xBF"));
}

TEST(XmlText, RefusesIllFormedUtf8) {
    EXPECT_FALSE(is_utf8("\x80"));              // continuation alone
    EXPECT_FALSE(is_utf8("\xC0\xAF"));          // overlong '/'
    EXPECT_FALSE(is_utf8("\xE0\x9F\xBF"));      // overlong, three bytes
    EXPECT_FALSE(is_utf8("\xF0\x8F\xBF\xBF"));  // overlong, four bytes
    EXPECT_FALSE(is_utf8("\xED\xA0\x80"));      // surrogate
    EXPECT_FALSE(is_utf8("\xF4\x90\x80\x80"));  // above U+10FFFF
    EXPECT_FALSE(is_utf8("\xF5\x80\x80\x80"));
    EXPECT_FALSE(is_utf8("\xEB<>"));       // lead byte that would swallow markup
    EXPECT_FALSE(is_utf8("abc\xE2\x82"));  // cut off
}

TEST(XmlText, KnowsWhiteSpace) {
    EXPECT_TRUE(is_white_space(""));
    EXPECT_TRUE(is_white_space(" \t\r\n"));
    EXPECT_FALSE(is_white_space(" \x0B"));
    EXPECT_FALSE(is_white_space("\xC2\xA0"));
}

TEST(XmlText, EscapesWhatMarkupWouldTakeForItsOwn) {
    EXPECT_EQ(escaped("a<b>&'\""), "a&lt;b&gt;&amp;&apos;&quot;");
    EXPECT_EQ(escaped("]]>"), "]]&gt;");
    EXPECT_EQ(escaped("\t\n\r"), "&#9;&#10;&#13;");
    EXPECT_EQ(escaped("gr\xC3\xBC\xC3\x9F"), "gr\xC3\xBC\xC3\x9F");
}

TEST(XmlText, ReplacesWhatXmlHasNoPlaceFor) {
    const std::string replacement = "\xEF\xBF\xBD";
    EXPECT_EQ(escaped(std::string_view("a\0b", 3)), "a" + replacement + "b");
    EXPECT_EQ(escaped("\x1B["), replacement + "[");
    EXPECT_EQ(escaped("\xEF\xBF\xBE"), replacement);
    EXPECT_EQ(escaped("\xEB<"), replacement + "&lt;");
    EXPECT_EQ(escaped("\xE2\x82"), replacement + replacement);
}

TEST(XmlText, ReadsBackEqualAsAttributeAndAsContent) {
    const std::string text = " a\t\r\n<&>'\"]]> \xF0\x9F\x98\x80 ";
    const std::string element = "<a b='" + escaped(text) + "'>" + escaped(text) + "</a>";
    const ElementReader reader(element);
    EXPECT_EQ(reader.root().attribute("b"), text);
    EXPECT_EQ(reader.root().text(), text);
}

}  // namespace
}  // namespace xmpp
