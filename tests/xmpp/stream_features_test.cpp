#include "xmpp/stream_features.h"

#include <gtest/gtest.h>

namespace xmpp {
namespace {

const std::string kStarttls =
    "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'><required/></starttls>";
const std::string kCompression =
    "<compression xmlns='http://jabber.org/features/compress'><method>zlib</method></compression>";
const std::string kMechanisms =
    "<mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>\n "
    "<mechanism>SCRAM-SHA-1-PLUS</mechanism>"
    "<mechanism>PLAIN</mechanism></mechanisms>";

std::string features(std::string_view content) {
    return "<stream:features>" + std::string(content) + "</stream:features>";
}

TEST(StreamFeatures, ClearOnesRequireTls) {
    EXPECT_EQ(clear_features(),
              "<stream:features><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'><required/>"
              "</starttls></stream:features>");
    const auto summary = read_features(clear_features());
    ASSERT_TRUE(summary);
    EXPECT_TRUE(summary->starttls_required);
}

TEST(StreamFeatures, LeavesUntouchedWhatNeedsNoEdit) {
    EXPECT_EQ(edit_features(features(kMechanisms), {.max_bytes = 1}), std::nullopt);
    EXPECT_EQ(edit_features("<stream:features/>", {}), std::nullopt);
}

TEST(StreamFeatures, CutsStarttlsAndCompressionAndKeepsTheRest) {
    const std::string kept = "\n " + kMechanisms;
    const std::string last = "<x y=\"1\" />";
    EXPECT_EQ(edit_features(features(kStarttls + kept + kCompression + last), {}),
              features(kept + last));
    EXPECT_EQ(edit_features(
                  features(kept + "<auth xmlns='http://jabber.org/features/iq-auth'/>" + last), {}),
              features(kept + last));
}

TEST(StreamFeatures, CutsPrefixedForms) {
    EXPECT_EQ(edit_features("<features xmlns='http://etherx.jabber.org/streams' "
                            "xmlns:t='urn:ietf:params:xml:ns:xmpp-tls'><t:starttls><t:required/>"
                            "</t:starttls><c:compression "
                            "xmlns:c='http://jabber.org/features/compress'/></features>",
                            {}),
              "<features xmlns='http://etherx.jabber.org/streams' "
              "xmlns:t='urn:ietf:params:xml:ns:xmpp-tls'></features>");
}

TEST(StreamFeatures, ResolvesPrefixesOfTheStreamHeader) {
    const NamespaceBindings outer{{"s", "http://etherx.jabber.org/streams"},
                                  {"t", "urn:ietf:params:xml:ns:xmpp-tls"}};
    EXPECT_EQ(edit_features("<s:features><t:starttls/></s:features>", {}, outer),
              "<s:features></s:features>");
    EXPECT_TRUE(read_features("<s:features><t:starttls/></s:features>", outer)->starttls);
}

TEST(StreamFeatures, KeepsLikelyNamesInOtherNamespaces) {
    EXPECT_EQ(edit_features(features("<starttls xmlns='urn:x'/><compression xmlns='urn:x'/>"), {}),
              std::nullopt);
    EXPECT_EQ(edit_features(features("<x xmlns='urn:x'>" + kStarttls + "</x>"), {}), std::nullopt);
}

TEST(StreamFeatures, CutsInstantResumptionWhereverItIsOffered) {
    const std::string isr = "<isr xmlns='https://xmpp.org/extensions/isr/0'><a/></isr>";
    const std::string open =
        "<authentication xmlns='urn:xmpp:sasl:2'><mechanism>PLAIN</mechanism><inline>";
    const std::string close = "<sm xmlns='urn:xmpp:sm:3'/></inline></authentication>";
    EXPECT_EQ(edit_features(features(isr + open + isr + close), {}), features(open + close));
}

/// SASL2 with FAST for these mechanisms.
std::string fast(const std::vector<std::string>& mechanisms) {
    std::string list;
    for (const std::string& name : mechanisms) list += "<mechanism>" + name + "</mechanism>";
    return features(
        "<authentication xmlns='urn:xmpp:sasl:2'><mechanism>SCRAM-SHA-1-PLUS</mechanism><inline>" +
        (mechanisms.empty() ? ""
                            : "<fast xmlns='urn:xmpp:fast:0' tls-0rtt='1'>" + list + "</fast>") +
        "<sm xmlns='urn:xmpp:sm:3'/></inline></authentication>");
}

TEST(StreamFeatures, TokensStayWhoseBindingHolds) {
    const auto offered =
        fast({"HT-SHA-256-UNIQ", "HT-SHA-256-NONE", "HT-SHA-256-EXPR", "HT-SHA-512-ENDP",
              "HT2-SHA-256-NONE", "HT2-SHA-256-EXPR", "OTHER-TOKEN"});
    EXPECT_EQ(edit_features(offered, {.bindings = HeldBindings::all}), std::nullopt);
    EXPECT_EQ(edit_features(offered, {.bindings = HeldBindings::end_point}),
              fast({"HT-SHA-256-NONE", "HT-SHA-512-ENDP", "HT2-SHA-256-NONE", "OTHER-TOKEN"}));
    EXPECT_EQ(edit_features(offered, {.bindings = HeldBindings::none}),
              fast({"HT-SHA-256-NONE", "HT2-SHA-256-NONE", "OTHER-TOKEN"}));
    EXPECT_EQ(edit_features(fast({"HT-SHA-256-NONE"}), {.bindings = HeldBindings::none}),
              std::nullopt);
    EXPECT_EQ(edit_features(fast({"\n HT-SHA-256-NONE ", " HT-SHA-256-ENDP\n"}),
                            {.bindings = HeldBindings::none}),
              fast({"\n HT-SHA-256-NONE "}));
}

TEST(StreamFeatures, FastGoesWhenNoTokenOfItHolds) {
    const auto bound = fast({"HT-SHA-256-ENDP", "HT-SHA-256-EXPR"});
    EXPECT_EQ(edit_features(bound, {.bindings = HeldBindings::none}), fast({}));
    EXPECT_EQ(edit_features(bound, {.bindings = HeldBindings::end_point}),
              fast({"HT-SHA-256-ENDP"}));
    const auto empty = features(
        "<authentication xmlns='urn:xmpp:sasl:2'><inline><fast xmlns='urn:xmpp:fast:0'/></inline>"
        "</authentication>");
    EXPECT_EQ(edit_features(empty, {.bindings = HeldBindings::none}), std::nullopt);
}

TEST(StreamFeatures, TokensOutsideOfFastStay) {
    for (const std::string text :
         {"<fast xmlns='urn:xmpp:fast:0'><mechanism>HT-SHA-256-ENDP</mechanism></fast>",
          "<authentication xmlns='urn:xmpp:sasl:2'><mechanism>HT-SHA-256-ENDP</mechanism><inline>"
          "<fast xmlns='urn:x'><mechanism>HT-SHA-256-ENDP</mechanism></fast></inline>"
          "</authentication>"}) {
        EXPECT_EQ(edit_features(features(text), {.bindings = HeldBindings::none}), std::nullopt);
    }
}

TEST(StreamFeatures, ListsOfMechanismsAndBindingsStay) {
    const auto text =
        features(kMechanisms +
                 "<sasl-channel-binding xmlns='urn:xmpp:sasl-cb:0'><channel-binding "
                 "type='tls-exporter'/><channel-binding type='tls-server-end-point'/><x/>"
                 "</sasl-channel-binding>");
    EXPECT_EQ(edit_features(text, {.bindings = HeldBindings::none}), std::nullopt);
    EXPECT_EQ(read_features(text)->bindings,
              (std::vector<std::string>{"tls-exporter", "tls-server-end-point"}));
}

TEST(StreamFeatures, LowersMaxBytesToOurs) {
    const std::string before = "<limits xmlns='urn:xmpp:stream-limits:0'><max-bytes>";
    const std::string after = "</max-bytes><idle-seconds>60</idle-seconds></limits>";
    const std::string lowered =
        "<limits xmlns='urn:xmpp:stream-limits:0'><max-bytes xmlns='urn:xmpp:stream-limits:0'>1000";
    EXPECT_EQ(edit_features(features(before + "1001" + after), {.max_bytes = 1000}),
              features(lowered + after));
    EXPECT_EQ(
        edit_features(features(before + "99999999999999999999999" + after), {.max_bytes = 1000}),
        features(lowered + after));
    EXPECT_EQ(edit_features(features(before + "many" + after), {.max_bytes = 1000}),
              features(lowered + after));
    EXPECT_EQ(edit_features(features(before + " 1000\n" + after), {.max_bytes = 1000}),
              std::nullopt);
    EXPECT_EQ(edit_features(features(before + "1001" + after), {}), std::nullopt);
}

TEST(StreamFeatures, AddsNoLimitThatTheServerDoesNotSpeakOf) {
    const auto text = features(
        "<limits xmlns='urn:xmpp:stream-limits:0'><idle-seconds>60</idle-seconds></limits>");
    EXPECT_EQ(edit_features(text, {.max_bytes = 1000}), std::nullopt);
}

TEST(StreamFeatures, DoesNotTouchOtherElements) {
    EXPECT_EQ(edit_features("<iq xmlns='jabber:client'>" + kStarttls + "</iq>", {}), std::nullopt);
    EXPECT_EQ(read_features("<iq xmlns='jabber:client'/>"), std::nullopt);
}

TEST(StreamFeatures, SummarisesBeforeLogin) {
    const auto summary = read_features(
        features(kStarttls + kMechanisms +
                 "<authentication xmlns='urn:xmpp:sasl:2'><mechanism>SCRAM-SHA-256</mechanism>"
                 "<inline><bind xmlns='urn:xmpp:bind:0'><inline><feature "
                 "var='urn:xmpp:sm:3'/></inline></bind>"
                 "</inline></authentication>"));
    ASSERT_TRUE(summary);
    EXPECT_TRUE(summary->starttls);
    EXPECT_TRUE(summary->starttls_required);
    EXPECT_EQ(summary->mechanisms, (std::vector<std::string>{"SCRAM-SHA-1-PLUS", "PLAIN"}));
    EXPECT_EQ(summary->sasl2_mechanisms, std::vector<std::string>{"SCRAM-SHA-256"});
    EXPECT_TRUE(summary->bind2);
    EXPECT_TRUE(summary->stream_management);
    EXPECT_FALSE(summary->bind);
    EXPECT_EQ(summary->max_bytes, std::nullopt);
}

TEST(StreamFeatures, SummarisesAfterLogin) {
    const auto summary = read_features(features(
        "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/><sm xmlns='urn:xmpp:sm:2'/>"
        "<limits xmlns='urn:xmpp:stream-limits:0'><max-bytes> 262144 </max-bytes></limits>"));
    ASSERT_TRUE(summary);
    EXPECT_TRUE(summary->bind);
    EXPECT_TRUE(summary->stream_management);
    EXPECT_EQ(summary->max_bytes, 262144u);
    EXPECT_FALSE(summary->starttls);
    EXPECT_TRUE(summary->mechanisms.empty());
}

TEST(SaslOffer, NamesTheMechanismsOfBothLists) {
    const std::string authentication =
        "<authentication xmlns='urn:xmpp:sasl:2'><mechanism>SCRAM-SHA-256</mechanism>"
        "<inline><sm xmlns='urn:xmpp:sm:3'/></inline> <upgrade xmlns='urn:x'/></authentication >";
    const std::string offer = "PLAIN, SASL2 SCRAM-SHA-256, SCRAM-SHA-1";
    const std::string list =
        "<mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>SCRAM-SHA-1</mechanism>"
        "<mechanism>PLAIN</mechanism></mechanisms>";
    EXPECT_EQ(sasl_offer(features(kStarttls + list + authentication)), offer);
    EXPECT_EQ(sasl_offer(features(authentication + "<x xmlns='urn:x'/>" + list)), offer);
    EXPECT_EQ(sasl_offer(features(list)), "PLAIN, SCRAM-SHA-1");
    EXPECT_EQ(sasl_offer(features(authentication)), "SASL2 SCRAM-SHA-256");
}

TEST(SaslOffer, NamesTokensOfFast) {
    const std::string fast =
        "<authentication xmlns='urn:xmpp:sasl:2'><mechanism>PLAIN</mechanism><inline>"
        "<fast xmlns='urn:xmpp:fast:0'><mechanism>HT-SHA-256-NONE</mechanism></fast></inline>"
        "</authentication>";
    EXPECT_EQ(sasl_offer(features(fast)), "FAST HT-SHA-256-NONE, SASL2 PLAIN");
    EXPECT_EQ(read_features(features(fast))->fast_mechanisms,
              std::vector<std::string>{"HT-SHA-256-NONE"});
}

TEST(SaslOffer, IsTheSameInAnyOrder) {
    const auto offer = [](std::string_view first, std::string_view second) {
        return sasl_offer(
            features("<mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>"
                     "<mechanism>" +
                     std::string(first) + "</mechanism><mechanism>" + std::string(second) +
                     "</mechanism></mechanisms>"));
    };
    EXPECT_EQ(offer("PLAIN", "SCRAM-SHA-1"), offer("SCRAM-SHA-1", "PLAIN"));
    EXPECT_NE(offer("PLAIN", "SCRAM-SHA-1"), offer("PLAIN", "SCRAM-SHA-256"));
}

TEST(SaslOffer, IsEmptyWithoutLogin) {
    EXPECT_EQ(sasl_offer(features(kStarttls)), "");
    EXPECT_EQ(sasl_offer("<stream:features/>"), "");
    EXPECT_EQ(sasl_offer(features("<mechanisms xmlns='urn:x'/>")), "");
}

TEST(SaslOffer, ResolvesPrefixesOfTheStreamHeader) {
    const NamespaceBindings outer{{"s", "http://etherx.jabber.org/streams"},
                                  {"a", "urn:xmpp:sasl:2"}};
    EXPECT_EQ(sasl_offer("<s:features><a:authentication><a:mechanism>X</a:mechanism><a:inline/>"
                         "</a:authentication></s:features>",
                         outer),
              "SASL2 X");
}

TEST(StreamFeatures, NothingOfferedIsNothingFound) {
    const auto summary = read_features("<stream:features/>");
    ASSERT_TRUE(summary);
    EXPECT_FALSE(summary->starttls || summary->bind || summary->bind2 ||
                 summary->stream_management);
}

}  // namespace
}  // namespace xmpp
