#include "xmpp/element.h"

#include <gtest/gtest.h>

#include "xmpp/namespaces.h"

namespace xmpp {
namespace {

TEST(Element, ResolvesDefaultAndPrefixedNames) {
    const ElementReader reader(
        "<a xmlns='urn:a' xmlns:p='urn:p'><b/><p:c/><d xmlns='urn:d'><e/></d></a>");
    const Element a = reader.root();
    EXPECT_TRUE(a.is("a", "urn:a"));
    EXPECT_TRUE(a.child("b", "urn:a"));
    EXPECT_TRUE(a.child("c", "urn:p"));
    EXPECT_TRUE(a.child("d", "urn:d").child("e", "urn:d"));
    EXPECT_FALSE(a.child("c", "urn:a"));
}

TEST(Element, NearestDeclarationWinsAndEmptyOneUndeclares) {
    const ElementReader reader(
        "<p:a xmlns:p='urn:1'><p:b xmlns:p='urn:2'/><p:c/><d xmlns=''/></p:a>");
    EXPECT_TRUE(reader.root().child("b", "urn:2"));
    EXPECT_TRUE(reader.root().child("c", "urn:1"));
    EXPECT_TRUE(reader.root().child("d", ""));
}

TEST(Element, InheritsFromTheStreamHeader) {
    const ElementReader usual("<stream:features><x/></stream:features>");
    EXPECT_TRUE(usual.root().is("features", ns::kStreams));
    EXPECT_TRUE(usual.root().child("x", ns::kClient));

    const NamespaceBindings outer{{"s", "urn:s"}};
    const ElementReader other("<s:a><b/></s:a>", outer);
    EXPECT_TRUE(other.root().is("a", "urn:s"));
    EXPECT_TRUE(other.root().child("b", ""));
}

TEST(Element, TellsAttributesDeclarationsAndLanguageApart) {
    const ElementReader reader(
        "<a xmlns='urn:a' xmlns:p='urn:&amp;' p:id='1' id='&lt;2' xml:lang='de' xmlnsx='3'/>");
    const Element a = reader.root();
    EXPECT_EQ(a.attribute("id"), "<2");
    EXPECT_EQ(a.attribute("xml:lang"), "de");
    EXPECT_EQ(a.attribute("none"), std::nullopt);
    const NamespaceBindings expected{{"", "urn:a"}, {"p", "urn:&"}};
    EXPECT_EQ(a.declarations(), expected);
}

TEST(Element, JoinsTextAndCdataWithoutTrimming) {
    const ElementReader reader("<a> x&amp;<![CDATA[<y>]]><b>no</b>\n</a>");
    EXPECT_EQ(reader.root().text(), " x&<y>\n");
}

TEST(Element, WalksOverChildElementsOnly) {
    const ElementReader reader("<a>t<b/> <c/><![CDATA[u]]><d/></a>");
    std::string names;
    for (Element at = reader.root().first_child(); at; at = at.next_sibling()) {
        names += at.local_name();
    }
    EXPECT_EQ(names, "bcd");
}

TEST(Element, KnowsWhereItBegins) {
    const std::string_view bytes = "<a x='<'>&lt;<![CDATA[<b>]]><b>\r\n<c/></b></a>";
    const ElementReader reader(bytes);
    const Element b = reader.root().first_child();
    EXPECT_EQ(reader.root().offset(), 0u);
    EXPECT_EQ(b.offset(), bytes.find("]]><b>") + 3);
    EXPECT_EQ(b.first_child().offset(), bytes.find("<c/>"));
}

TEST(Element, MissingElementAnswersEmpty) {
    const ElementReader reader("<a/>");
    const Element none = reader.root().child("b", "").child("c", "");
    EXPECT_FALSE(none);
    EXPECT_EQ(none.local_name(), "");
    EXPECT_EQ(none.namespace_uri(), "");
    EXPECT_EQ(none.text(), "");
    EXPECT_EQ(none.attribute("x"), std::nullopt);
    EXPECT_FALSE(none.next_sibling());
    EXPECT_FALSE(ElementReader("<a").root());
    EXPECT_FALSE(ElementReader("").root());
}

TEST(Element, ReadersNest) {
    const ElementReader outer("<a x='1'/>");
    {
        const ElementReader inner("<b x='2'/>");
        EXPECT_EQ(inner.root().attribute("x"), "2");
    }
    EXPECT_EQ(outer.root().attribute("x"), "1");
}

}  // namespace
}  // namespace xmpp
