#include "xmpp/sasl_failure.h"

#include <gtest/gtest.h>

#include <string>

#include "xmpp/sasl_element.h"

namespace xmpp {
namespace {

TEST(SaslFailure, ReadsBackEveryConditionOfBothProfiles) {
    for (const char* condition :
         {"aborted", "account-disabled", "credentials-expired", "encryption-required",
          "incorrect-encoding", "invalid-authzid", "invalid-mechanism", "malformed-request",
          "mechanism-too-weak", "not-authorized", "temporary-auth-failure"}) {
        for (const SaslProfile profile : {SaslProfile::rfc6120, SaslProfile::sasl2})
            EXPECT_EQ(read_sasl_failure(sasl_failure(profile, condition, "words")), condition);
    }
}

TEST(SaslFailure, FindsTheConditionBehindTextAndOtherThings) {
    EXPECT_EQ(read_sasl_failure("<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><text>x</text>"
                                "<aborted xmlns='urn:x'/><not-authorized/></failure>"),
              "not-authorized");
    EXPECT_EQ(
        read_sasl_failure("<failure xmlns='urn:xmpp:sasl:2'><credentials-expired/></failure>"),
        "credentials-expired");
}

TEST(SaslFailure, ResolvesPrefixesOfTheStreamHeader) {
    const NamespaceBindings outer{{"s", "urn:ietf:params:xml:ns:xmpp-sasl"}};
    EXPECT_EQ(read_sasl_failure("<s:failure><s:not-authorized/></s:failure>", outer),
              "not-authorized");
}

TEST(SaslFailure, WhatIsNotDefinedIsOther) {
    EXPECT_EQ(read_sasl_failure("<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>"), "other");
    EXPECT_EQ(read_sasl_failure(
                  "<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><bad-protocol/></failure>"),
              "other");
}

}  // namespace
}  // namespace xmpp
