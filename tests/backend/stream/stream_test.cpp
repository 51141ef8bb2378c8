// Aim: a stream opens with the answers of RFC 6120, hands stanzas out as they came, and says
// why it ends.

#include "backend/stream/stream.h"

#include <gtest/gtest.h>

#include "tests/backend/stream/stream_scene.h"
#include "xmpp/stream_features.h"

namespace backend {
namespace {

using namespace test;

TEST(Stream, AnswersAHeader) {
    const auto text = transcript_of(kHeader);
    EXPECT_TRUE(holds(text, "from='a.example'")) << text;
    EXPECT_TRUE(holds(text, "id='token1'"));
    EXPECT_TRUE(holds(text, "version='1.0'"));
    EXPECT_TRUE(holds(text, "xml:lang='en'"));
    const auto features = xmpp::read_features(last_features(text));
    ASSERT_TRUE(features.has_value());
    EXPECT_FALSE(features->starttls);
    EXPECT_EQ(features->mechanisms,
              (std::vector<std::string>{"SCRAM-SHA-256", "SCRAM-SHA-1", "PLAIN"}));
    EXPECT_EQ(features->sasl2_mechanisms, features->mechanisms);
    EXPECT_TRUE(features->bind2);
    EXPECT_TRUE(features->stream_management);
    EXPECT_EQ(features->max_bytes, 10'000u);
    EXPECT_FALSE(holds(text, "sasl-channel-binding"));
    EXPECT_FALSE(holds(text, "urn:ietf:params:xml:ns:xmpp-bind"));
}

TEST(Stream, BeginsNotWithoutAStore) {
    bool has_store = false;
    const auto open = [&](StreamPlay& play) {
        play.settings.has_store = [&] { return has_store; };
    };
    const auto text = transcript_of(kHeader, open);
    EXPECT_TRUE(holds(text, stream_error("resource-constraint") +
                                "<text xmlns='urn:ietf:params:xml:ns:xmpp-streams' xml:lang='en'>"
                                "the store does not answer, try again later</text>"))
        << text;
    EXPECT_FALSE(holds(text, "<stream:features")) << "a proxy tries the next node";
    EXPECT_EQ(end_of(text), "[closed: store_silent]");
    // What is wrong with the header itself is said all the same.
    EXPECT_TRUE(holds(transcript_of("<stream:stream to='b.example' version='1.0' "
                                    "xmlns='jabber:client' "
                                    "xmlns:stream='http://etherx.jabber.org/streams'>",
                                    open),
                      "host-unknown"));
    has_store = true;
    EXPECT_TRUE(holds(transcript_of(kHeader, open), "<stream:features"));
}

TEST(Stream, OffersBindingWhereTheProxyTellsIt) {
    const auto text = transcript_of(kHeader, [](StreamPlay& play) {
        play.facts.bindings.exporter = core::ChannelBinding(std::string(32, 'x'));
    });
    const auto features = xmpp::read_features(last_features(text));
    EXPECT_EQ(features->mechanisms.front(), "SCRAM-SHA-256-PLUS");
    EXPECT_TRUE(holds(text, "<channel-binding type='tls-exporter'/>"));
    EXPECT_FALSE(holds(text, "tls-server-end-point"));
}

TEST(Stream, OffersNoPasswordsInClear) {
    const auto open = [](StreamPlay& play) { play.facts.is_protected = false; };
    const auto text = transcript_of(kHeader, open);
    EXPECT_FALSE(holds(text, "PLAIN"));
    EXPECT_FALSE(holds(text, "urn:xmpp:sasl:2"));
    EXPECT_TRUE(holds(transcript_of(kHeader + auth("PLAIN", plain("juliet", "romeo")), open),
                      "<encryption-required"));
    // SASL2 needs TLS, too, and says so in its own words; then the stream goes on.
    EXPECT_TRUE(transcript_of(kHeader + authenticate(""), open)
                    .ends_with("<failure xmlns='urn:xmpp:sasl:2'><encryption-required "
                               "xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/></failure>"));
    std::string again = kHeader;
    for (int i = 0; i < 6; ++i) again += authenticate("");
    EXPECT_EQ(end_of(transcript_of(again, open)), "[closed: too_many_login_tries]");
    EXPECT_EQ(end_of(transcript_of(kHeader + "<response xmlns='urn:xmpp:sasl:2'/>", open)),
              "[closed: not_offered]");
}

TEST(Stream, WantsALoginBeforeStreamManagement) {
    for (const std::string& element :
         {"<enable " + kSm + "/>", "<resume " + kSm + " previd='x' h='0'/>", "<r " + kSm + "/>",
          std::string("<active xmlns='urn:xmpp:csi:0'/>")}) {
        const auto text = transcript_of(kHeader + element);
        EXPECT_TRUE(holds(text, stream_error("not-authorized"))) << element;
        EXPECT_EQ(end_of(text), "[closed: element_before_login]") << element;
    }
}

TEST(Stream, RefusesWhatOnlyServersSay) {
    for (const std::string element :
         {"<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>",
          "<failure xmlns='urn:xmpp:sasl:2'/>", "<enabled xmlns='urn:xmpp:sm:3'/>",
          "<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>",
          "<compressed xmlns='http://jabber.org/protocol/compress'/>", "<stream:features/>"}) {
        for (const std::string& before : {kHeader, kLogin, kBound, kBoundWithSm}) {
            EXPECT_TRUE(
                holds(transcript_of(before + element), stream_error("unsupported-stanza-type")))
                << element;
        }
    }
}

TEST(Stream, RefusesCompressionAndGoesOn) {
    const std::string compress = "<compress xmlns='http://jabber.org/protocol/compress'/>";
    const std::string refused =
        "<failure xmlns='http://jabber.org/protocol/compress'><unsupported-method/></failure>";
    for (const std::string& before : {kHeader, kLogin, kBound})
        EXPECT_TRUE(transcript_of(before + compress).ends_with(refused));
    EXPECT_TRUE(holds(transcript_of(kBound + compress + "<message/>"), refused + "[handle "));
}

TEST(Stream, RefusesHeaders) {
    const std::string rest =
        "version='1.0' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>";
    const std::vector<std::pair<std::string, std::string>> cases{
        {"<stream:stream to='b.example' " + rest, "host-unknown"},
        {"<stream:stream to='..' " + rest, "host-unknown"},
        {"<stream:stream " + rest, "improper-addressing"},
        {"<stream:stream to='a.example' from='@' " + rest, "invalid-from"},
        {"<stream:stream to='a.example' xmlns='jabber:client' "
         "xmlns:stream='http://etherx.jabber.org/streams'>",
         "unsupported-version"},
        {"<stream:stream to='a.example' version='1.0' xmlns='jabber:server' "
         "xmlns:stream='http://etherx.jabber.org/streams'>",
         "invalid-namespace"},
        {"<!DOCTYPE x><stream:stream to='a.example' " + rest, "restricted-xml"},
        {"GET / HTTP/1.1\r\n\r\n", "bad-format"}};
    for (const auto& [bytes, condition] : cases) {
        const auto text = transcript_of(bytes);
        EXPECT_TRUE(holds(text, "<stream:stream")) << "RFC 6120 section 4.9.1.2: " << text;
        EXPECT_TRUE(holds(text, "<" + condition + " ")) << bytes << text;
        EXPECT_TRUE(holds(text, "</stream:stream>[closed: "));
    }
}

TEST(Stream, RefusesWhatMayNotComeBeforeLogin) {
    const std::vector<std::pair<std::string, std::string>> cases{
        {"<message/>", "not-authorized"},
        {"<iq type='set' id='1'><query xmlns='jabber:iq:register'/></iq>", "not-authorized"},
        {"<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>", "unsupported-stanza-type"},
        {"<enable " + kSm + "/>", "not-authorized"},
        {"<x xmlns=''/>", "invalid-namespace"},
        {"<message><!-- --></message>", "restricted-xml"},
        {"<a></b>", "not-well-formed"},
        {"text", "bad-format"},
        {"<auth " + kSasl + ">" + std::string(10'000, 'A') + "</auth>", "policy-violation"}};
    for (const auto& [bytes, condition] : cases)
        EXPECT_TRUE(holds(transcript_of(kHeader + bytes), stream_error(condition))) << bytes;
    EXPECT_TRUE(
        holds(transcript_of(kHeader + std::string(10'000, ' ') + "<x>" + std::string(10'000, 'x')),
              ">a stanza may have 10000 bytes here</text>"));
    EXPECT_TRUE(holds(transcript_of(kBound + "<message>" + std::string(262'144, 'x')),
                      ">a stanza may have 262144 bytes here</text>"));
    EXPECT_TRUE(holds(transcript_of(kLogin + "<message/>"), stream_error("not-authorized")));
    EXPECT_TRUE(
        holds(transcript_of(kLogin + "<iq type='get' id='1'/>"), stream_error("not-authorized")));
}

TEST(Stream, ClosesWithItsClient) {
    EXPECT_TRUE(transcript_of(kHeader + "</stream:stream>")
                    .ends_with("</stream:stream>[closed: client_closed]"));
    EXPECT_TRUE(transcript_of(kBound + "<message/></stream:stream>")
                    .ends_with("</stream:stream>[closed: client_closed]"));
    EXPECT_EQ(end_of(transcript_of(kBound + "<stream:error/>")), "[closed: client_closed]");
}

TEST(Stream, HandsOutStanzas) {
    const auto text = transcript_of(kBound +
                                    "<message to='a'><body>&lt;</body></message> "
                                    "<inactive xmlns='urn:xmpp:csi:0'/>"
                                    "<active xmlns='urn:xmpp:csi:0'/>");
    EXPECT_TRUE(
        text.ends_with("[handle <message to='a'><body>&lt;</body></message>]"
                       "[inactive][active]"))
        << text;
    EXPECT_TRUE(holds(transcript_of(kBound + "<x xmlns='urn:x'/>"),
                      stream_error("unsupported-stanza-type")));
    EXPECT_TRUE(holds(transcript_of(kBound + "<message>"
                                             "<stream:stream/></message>"),
                      "<stream:error>"));
}

TEST(Stream, MakesStanzasStandAlone) {
    std::string header = kHeader;
    header.insert(header.find(" to="), " xmlns:x='urn:x' xml:lang='it'");
    const auto bound = header + auth("PLAIN", plain("juliet", "romeo")) + header + bind_iq("");
    EXPECT_TRUE(transcript_of(bound + "<message><x:y/></message><iq/><presence xml:lang='de'/>")
                    .ends_with("[handle <message xmlns:x='urn:x' xml:lang='it'><x:y/></message>]"
                               "[handle <iq xmlns:x='urn:x'/>]"
                               "[handle <presence xmlns:x='urn:x' xml:lang='de'/>]"));
}

TEST(Stream, WhatIsInNoNamespaceStaysInNone) {
    EXPECT_TRUE(transcript_of(kBound + "<message><x xmlns=''><y/></x></message>")
                    .ends_with("[handle <message><x xmlns=''><y/></x></message>]"));
    // RFC 6120 section 4.8.4: the content namespace may have a prefix.
    const std::string header =
        "<stream:stream to='a.example' version='1.0' xmlns:c='jabber:client' "
        "xmlns:stream='http://etherx.jabber.org/streams'>";
    const std::string bind =
        "<c:iq type='set' id='b1'><bind " + kBindUri + "><resource>r</resource></bind></c:iq>";
    const auto bound = header + auth("PLAIN", plain("juliet", "romeo")) + header + bind;
    EXPECT_TRUE(holds(transcript_of(bound + "<c:message><c:body/><x/></c:message>"),
                      "[handle <c:message xmlns:c='jabber:client' xmlns=''><c:body/><x/>"
                      "</c:message>]"));
    EXPECT_TRUE(holds(transcript_of(bound + "<message xmlns='jabber:client'><x/></message>"),
                      "[handle <message xmlns:c='jabber:client' xmlns='jabber:client'><x/>"
                      "</message>]"));
}

TEST(Stream, EndsForItsNode) {
    StreamPlay play;
    play.say(kBoundWithSm);
    EXPECT_TRUE(play.tell(play.stream().end(xmpp::StreamErrorCondition::conflict, "a & b"))
                    .starts_with(stream_error("conflict")));
    EXPECT_EQ(play.tell(play.stream().end(xmpp::StreamErrorCondition::conflict)), "");
    EXPECT_EQ(play.tell(play.stream().on_confirmed(1)), "");
    EXPECT_EQ(play.tell(play.stream().write_stanza(1, "<iq/>")), "");
    EXPECT_EQ(play.say("<message/>"), "");

    StreamPlay young;
    EXPECT_TRUE(young.tell(young.stream().end(xmpp::StreamErrorCondition::connection_timeout))
                    .starts_with("<?xml"));
}

}  // namespace
}  // namespace backend
