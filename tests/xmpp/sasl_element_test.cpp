#include "xmpp/sasl_element.h"

#include <gtest/gtest.h>

namespace xmpp {
namespace {

TEST(SaslFailure, IsThatOfTheProfile) {
    EXPECT_EQ(sasl_failure(SaslProfile::rfc6120, "temporary-auth-failure", "try again"),
              "<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><temporary-auth-failure/>"
              "<text xml:lang='en'>try again</text></failure>");
    EXPECT_EQ(sasl_failure(SaslProfile::sasl2, "temporary-auth-failure", "try again"),
              "<failure xmlns='urn:xmpp:sasl:2'>"
              "<temporary-auth-failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>"
              "<text xml:lang='en'>try again</text></failure>");
}

TEST(SaslFailure, EscapesItsText) {
    EXPECT_NE(sasl_failure(SaslProfile::rfc6120, "aborted", "<&>").find("&lt;&amp;&gt;"),
              std::string::npos);
}

}  // namespace
}  // namespace xmpp
