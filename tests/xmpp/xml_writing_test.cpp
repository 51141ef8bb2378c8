#include "xmpp/xml_writing.h"

#include <gtest/gtest.h>

namespace xmpp {
namespace {

TEST(XmlWriting, EscapesValuesFromOutside) {
    EXPECT_EQ(attribute("id", "a'b<c"), " id='a&apos;b&lt;c'");
    EXPECT_EQ(attribute("id", ""), " id=''");
}

TEST(XmlWriting, LeavesOutAttributesWithoutAValue) {
    std::string out = "<iq";
    append_attribute(out, "to", "");
    append_attribute(out, "id", "1");
    EXPECT_EQ(out, "<iq id='1'");
}

TEST(XmlWriting, ClosesElementsWithAndWithoutContent) {
    EXPECT_EQ(empty_element("r", "urn:x"), "<r xmlns='urn:x'/>");
    EXPECT_EQ(with_content("r", "urn:x", ""), "<r xmlns='urn:x'/>");
    EXPECT_EQ(with_content("r", "urn:x", "<a/>"), "<r xmlns='urn:x'><a/></r>");
}

}  // namespace
}  // namespace xmpp
