#include "xmpp/markup.h"

#include <gtest/gtest.h>

namespace xmpp {
namespace {

std::string_view cut_out(std::string_view text, ByteRange range) {
    return text.substr(range.begin, range.end - range.begin);
}

TEST(Markup, NameEndsAtWhiteSpaceOrAtTheTagsEnd) {
    EXPECT_EQ(name_end("<a:b\tc='d'>"), 4U);
    EXPECT_EQ(name_end("x<ab/>", 1), 4U);
    EXPECT_EQ(name_end("<ab>"), 3U);
    EXPECT_EQ(name_end("<ab"), 3U);
}

TEST(Markup, TagEndsAtItsOwnBracket) {
    const std::string_view text = "x<a b='>' c=\"'>\">y";
    EXPECT_EQ(cut_out(text, tag_at(text, 1)), "<a b='>' c=\"'>\">");
}

TEST(Markup, ElementEndsAtItsOwnEndTag) {
    const std::string_view text = "<r><a><a x='</a>'/><![CDATA[</a>]]><a></a>]</a ><b/></r>";
    EXPECT_EQ(cut_out(text, element_at(text, 3)), "<a><a x='</a>'/><![CDATA[</a>]]><a></a>]</a >");
    EXPECT_EQ(cut_out(text, element_at(text, text.find("<b/>"))), "<b/>");
    EXPECT_EQ(cut_out(text, element_at(text, 0)), text);
}

TEST(Markup, ContentLiesBetweenTheTags) {
    const std::string_view text = "<a><b>1<c/></b></a>";
    EXPECT_EQ(cut_out(text, content_at(text, 3)), "1<c/>");
    EXPECT_EQ(cut_out(text, content_at(text, text.find("<c/>"))), "");
}

TEST(Markup, FindsAttributesWithTheSpaceBeforeThem) {
    const std::string_view text = "<r><a\tid = 'x'\n location=\"a='b'\" p:id='y'/></r>";
    EXPECT_EQ(cut_out(text, attribute_at(text, 3, "id").value()), "\tid = 'x'");
    EXPECT_EQ(cut_out(text, attribute_at(text, 3, "location").value()), "\n location=\"a='b'\"");
    EXPECT_EQ(cut_out(text, attribute_at(text, 3, "p:id").value()), " p:id='y'");
}

TEST(Markup, DoesNotFindAttributesElsewhere) {
    EXPECT_FALSE(attribute_at("<id/>", 0, "id"));
    EXPECT_FALSE(attribute_at("<a x=' id=1 '><b id='1'/></a>", 0, "id"));
    EXPECT_FALSE(attribute_at("<a></a>", 0, "a"));
    EXPECT_FALSE(attribute_at("<a  />", 0, ""));
}

TEST(Markup, AppliesEditsInAnyOrder) {
    ByteEdits edits;
    EXPECT_TRUE(edits.empty());
    edits.cut({4, 6});
    edits.replace({0, 1}, "A");
    edits.replace({6, 7}, "GG");
    EXPECT_EQ(edits.apply("abcdefgh"), "AbcdGGh");
}

TEST(Markup, StaysInsideBrokenText) {
    for (const std::string_view text :
         {"<a", "<a b='", "<a b", "<a b=", "<a><![CDATA[", "<a><b>", "<"}) {
        EXPECT_EQ(element_at(text, 0).end, text.size()) << text;
        EXPECT_LE(content_at(text, 0).end, text.size()) << text;
        const auto range = attribute_at(text, 0, "b");
        EXPECT_TRUE(!range || range->end <= text.size()) << text;
    }
}

}  // namespace
}  // namespace xmpp
