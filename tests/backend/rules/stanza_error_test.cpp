#include "backend/rules/stanza_error.h"

#include <gtest/gtest.h>

namespace backend {
namespace {

TEST(StanzaError, EscapesWhatClientsHaveSaid) {
    EXPECT_EQ(error_stanza(StanzaKind::iq, "'<", "a@b", "c@d/'",
                           {StanzaErrorCondition::bad_request, "<x xmlns='y'/>"}),
              "<iq from='a@b' to='c@d/&apos;' id='&apos;&lt;' type='error'><error type='modify'>"
              "<bad-request xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/><x xmlns='y'/></error>"
              "</iq>");
}

TEST(StanzaError, ResultsWithAndWithoutPayload) {
    EXPECT_EQ(iq_result("1", "", "a@b/c"), "<iq type='result' to='a@b/c' id='1'/>");
    EXPECT_EQ(iq_result("1", "b", "a@b/c", "<x/>"),
              "<iq type='result' from='b' to='a@b/c' id='1'><x/></iq>");
}

TEST(StanzaError, ErrorsAndResultsAreNeverRefused) {
    const auto may = [](std::string_view bytes) {
        const xmpp::ElementReader reader(bytes);
        return may_be_refused(*open_stanza(bytes, reader.root()));
    };
    EXPECT_TRUE(may("<message/>"));
    EXPECT_TRUE(may("<iq type='strange'/>"));
    EXPECT_TRUE(may("<presence type='result'/>"));
    EXPECT_FALSE(may("<message type='error'/>"));
    EXPECT_FALSE(may("<iq type='result'/>"));
    EXPECT_FALSE(may("<iq type='error'/>"));
}

}  // namespace
}  // namespace backend
