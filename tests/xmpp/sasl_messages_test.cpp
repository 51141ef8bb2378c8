// Aim: the proxy and the bundled server read the same out of one message.

#include "xmpp/sasl_messages.h"

#include <gtest/gtest.h>

namespace xmpp {
namespace {

using namespace std::string_literals;

TEST(SaslMessages, TakesPlainApart) {
    const std::string message = "boss\0juliet\0secret"s;
    const auto plain = read_plain_message(message);
    ASSERT_TRUE(plain);
    EXPECT_EQ(plain->authzid, "boss");
    EXPECT_EQ(plain->authcid, "juliet");
    EXPECT_EQ(plain->password, "secret");
    for (const std::string& wrong : {""s, "juliet"s, "\0juliet"s, "\0juliet\0secret\0"s}) {
        EXPECT_FALSE(read_plain_message(wrong)) << wrong;
    }
}

TEST(SaslMessages, TakesTheFirstMessageOfScramApart) {
    const auto first = read_scram_first("p=tls-exporter,a=boss,n=a=2Cb,r=abc,x=y");
    ASSERT_TRUE(first);
    EXPECT_EQ(first->flag, "p=tls-exporter");
    EXPECT_EQ(first->authzid, "boss");
    EXPECT_EQ(first->name, "a=2Cb");
    EXPECT_EQ(first->nonce, "abc");
    EXPECT_EQ(first->gs2_header, "p=tls-exporter,a=boss,");
    EXPECT_EQ(first->bare, "n=a=2Cb,r=abc,x=y");
}

TEST(SaslMessages, RefusesWhatNoServerMayAccept) {
    for (const char* wrong : {"", "n", "n,,", "n,,n=a", "n,,n=a,c=b", "q,,n=a,r=b", "n,b=x,n=a,r=b",
                              "n,,m=x,n=a,r=b", "n,,n=a,r=", "n,,n=a,r=\x7F"}) {
        EXPECT_FALSE(read_scram_first(wrong)) << wrong;
    }
}

TEST(SaslMessages, TakesFieldsThatACommaEnds) {
    std::string_view text = "n,,n=anna";
    EXPECT_EQ(take_scram_field(text), "n");
    EXPECT_EQ(text, ",n=anna");
    EXPECT_EQ(take_scram_field(text), "");
    EXPECT_EQ(take_scram_field(text), std::nullopt) << "no comma ends it";
    EXPECT_EQ(text, "n=anna");
    text = "n=anna,";
    EXPECT_EQ(take_scram_field(text), "n=anna");
    EXPECT_EQ(text, "");
    EXPECT_EQ(take_scram_field(text), std::nullopt);
}

}  // namespace
}  // namespace xmpp
