#include "backend/rules/stanza.h"

#include <gtest/gtest.h>

namespace backend {
namespace {

TEST(Stanza, OpensTheThreeKinds) {
    const std::string_view bytes = "<iq id='1' type='get' to='Juliet@Example.org/x'><q/></iq>";
    const xmpp::ElementReader reader(bytes);
    const auto stanza = open_stanza(bytes, reader.root());
    ASSERT_TRUE(stanza);
    EXPECT_EQ(stanza->kind, StanzaKind::iq);
    EXPECT_EQ(stanza->id, "1");
    EXPECT_EQ(stanza->type, "get");
    ASSERT_TRUE(stanza->to);
    EXPECT_EQ(stanza->to->full(), "juliet@example.org/x");
    EXPECT_FALSE(stanza->has_bad_to);
}

TEST(Stanza, TellsAbsentFromBadAddress) {
    const std::string_view absent = "<message/>", bad = "<message to='a@@b'/>";
    const xmpp::ElementReader first(absent), second(bad);
    EXPECT_FALSE(open_stanza(absent, first.root())->has_bad_to);
    EXPECT_TRUE(open_stanza(bad, second.root())->has_bad_to);
    EXPECT_FALSE(open_stanza(bad, second.root())->to);
}

TEST(Stanza, KnowsOnlyStanzasOfItsNamespace) {
    for (const std::string_view bytes :
         {"<foo/>", "<message xmlns='jabber:server'/>", "<iq xmlns=''/>"}) {
        const xmpp::ElementReader reader(bytes);
        EXPECT_FALSE(open_stanza(bytes, reader.root())) << bytes;
    }
}

TEST(Stanza, EditsLeaveTheRestAsItCame) {
    EXPECT_EQ(with_attribute("<message  to = \"x\"><body>&#x41;</body></message >", "from", "a'b"),
              "<message from='a&apos;b'  to = \"x\"><body>&#x41;</body></message >");
    EXPECT_EQ(with_attribute("<presence from=\"old\" id='1'/>", "from", "new"),
              "<presence from='new' id='1'/>");
}

TEST(Stanza, AddsAChildBehindTheOthers) {
    EXPECT_EQ(with_child("<m><a/></m>", "<b/>"), "<m><a/><b/></m>");
    EXPECT_EQ(with_child("<m></m>", "<b/>"), "<m><b/></m>");
    EXPECT_EQ(with_child("<p:m x='1' />", "<b/>"), "<p:m x='1' ><b/></p:m>");
    EXPECT_EQ(with_child("<m/>", "<b/>"), "<m><b/></m>");
}

TEST(Stanza, CutsOutAChildWithItsNamespaces) {
    const std::string_view bytes =
        "<iq xmlns:v='vcard-temp' xmlns:w='w' id='1'><v:vCard "
        "xmlns:w='mine'><v:FN/></v:vCard></iq>";
    const xmpp::ElementReader reader(bytes);
    EXPECT_EQ(cut_out(bytes, reader.root(), reader.root().first_child()),
              "<v:vCard xmlns:v='vcard-temp' xmlns:w='mine'><v:FN/></v:vCard>");
}

TEST(Stanza, DeclaresTheClientNamespaceOnce) {
    EXPECT_EQ(with_client_namespace("<message/>"), "<message xmlns='jabber:client'/>");
    EXPECT_EQ(with_client_namespace("<message xmlns='jabber:client'/>"),
              "<message xmlns='jabber:client'/>");
}

}  // namespace
}  // namespace backend
