#include "xmpp/sasl_user.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "xmpp/limits.h"

namespace xmpp {
namespace {

using namespace std::string_literals;

std::string base64(std::string_view bytes) {
    static constexpr char kDigits[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string text;
    for (std::size_t at = 0; at < bytes.size(); at += 3) {
        const auto byte = [&](std::size_t i) {
            return at + i < bytes.size() ? static_cast<unsigned char>(bytes[at + i]) : 0U;
        };
        const unsigned bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        text += kDigits[bits >> 18];
        text += kDigits[bits >> 12 & 63];
        text += at + 1 < bytes.size() ? kDigits[bits >> 6 & 63] : '=';
        text += at + 2 < bytes.size() ? kDigits[bits & 63] : '=';
    }
    return text;
}

std::string auth(std::string_view mechanism, std::string_view content) {
    return "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='" + std::string(mechanism) +
           "'>" + std::string(content) + "</auth>";
}

std::string user_of(std::string_view element) {
    const auto login = read_sasl_login(element, "example.org");
    EXPECT_TRUE(login.has_value());
    return login ? login->user : "";
}

std::string user_of(std::string_view mechanism, std::string_view response) {
    return user_of(auth(mechanism, base64(response)));
}

TEST(SaslUser, ReadsPlain) {
    EXPECT_EQ(user_of("PLAIN", "\0juliet\0secret"s), "juliet@example.org");
    EXPECT_EQ(user_of("PLAIN", "boss@example.org\0juliet\0secret"s), "juliet@example.org");
    EXPECT_EQ(user_of("PLAIN", "\0juliet\0"s), "juliet@example.org");
    EXPECT_EQ(user_of("PLAIN", "\0juliet"s), "");
    EXPECT_EQ(user_of("PLAIN", "juliet"), "");
    EXPECT_EQ(user_of("PLAIN", "\0juliet\0sec\0ret"s), "");
    EXPECT_EQ(user_of("PLAIN", "\0\0secret"s), "");
}

TEST(SaslUser, ReadsTheFirstMessageOfScram) {
    for (const auto* mechanism : {"SCRAM-SHA-1", "SCRAM-SHA-256-PLUS"}) {
        EXPECT_EQ(user_of(mechanism, "n,,n=juliet,r=abc"), "juliet@example.org");
    }
    EXPECT_EQ(user_of("SCRAM-SHA-1", "y,a=boss,n=juliet,r=abc,x=y"), "juliet@example.org");
    EXPECT_EQ(user_of("SCRAM-SHA-1", "p=tls-exporter,,n=juliet,r=abc"), "juliet@example.org");
    EXPECT_EQ(user_of("SCRAM-SHA-1", "n,,n=a=2Cb=3Dc,r=abc"), "a,b=c@example.org");
    for (const auto* malformed :
         {"", "n", "n,,", "n,,n=juliet", "n,,n=juliet,", "n,,n=juliet,c=abc", "q,,n=juliet,r=a",
          "n,b=x,n=juliet,r=a", "n,,m=x,n=juliet,r=a", "n,,n=a=2cb,r=a", "n,,n=a=,r=a", "n,,n=,r=a",
          "n,,x=juliet,r=a", "np=,,n=juliet,r=a"}) {
        EXPECT_EQ(user_of("SCRAM-SHA-1", malformed), "") << malformed;
    }
}

TEST(SaslUser, ReadsExternalAndHashedTokens) {
    EXPECT_EQ(user_of("EXTERNAL", "juliet@example.org"), "juliet@example.org");
    EXPECT_EQ(user_of("EXTERNAL", "juliet@example.org/balcony"), "");
    EXPECT_EQ(user_of(auth("EXTERNAL", "=")), "");
    EXPECT_EQ(user_of(auth("EXTERNAL", "")), "");
    EXPECT_EQ(user_of("HT-SHA-256-NONE", "juliet\0\x01\x02"s), "juliet@example.org");
    EXPECT_EQ(user_of("HT-SHA-256-NONE", "juliet"), "");
}

TEST(SaslUser, KnowsNobodyByOtherMechanisms) {
    EXPECT_EQ(user_of("DIGEST-MD5", "\0juliet\0secret"s), "");
    EXPECT_EQ(user_of("plain", "\0juliet\0secret"s), "");
    EXPECT_EQ(user_of("", "\0juliet\0secret"s), "");
    EXPECT_EQ(read_sasl_login("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>", "example.org"),
              SaslLogin{});
}

TEST(SaslUser, PreparesTheAddress) {
    EXPECT_EQ(user_of("PLAIN", "\0JULIET\0s"s), "juliet@example.org");
    EXPECT_EQ(user_of("PLAIN", "\0J\xc3\x9cLIET\0s"s), "j\xc3\xbcliet@example.org");
    EXPECT_EQ(user_of("PLAIN", "\0juliet@EXAMPLE.org\0s"s), "juliet@example.org");
    for (const auto& nobody : {"juliet@elsewhere.org"s, "@example.org"s, "juliet@"s,
                               "a@b@example.org"s, "juliet@example.org/x"s, "juliet/x"s, "/"s,
                               "a b"s, "a\"b"s, "a<b"s, "\xff\xfe"s, std::string(1024, 'a')}) {
        EXPECT_EQ(user_of("PLAIN", "\0"s + nobody + "\0s"s), "") << nobody.substr(0, 40);
    }
    const auto umlaut =
        read_sasl_login(auth("PLAIN", base64("\0juliet\0s"s)), "xn--mnchen-3ya.example");
    EXPECT_EQ(umlaut->user, "juliet@m\xc3\xbcnchen.example");
    const auto address = read_sasl_login(
        auth("PLAIN", base64("\0juliet@m\xc3\xbcnchen.example\0s"s)), "xn--mnchen-3ya.example");
    EXPECT_EQ(address->user, umlaut->user);
}

TEST(SaslUser, TakesCanonicalBase64Only) {
    EXPECT_EQ(user_of(auth("PLAIN", "AGp1bGlldABwdw==")), "juliet@example.org");
    for (const auto* wrong :
         {"AGp1bGlldABwdw", "AGp1bGlldABwdw=", "AGp1bGlldABwdx==", "AGp1bGlldABwdw==AAAA",
          " AGp1bGlldABwdw==", "AGp1bGlldABwdw==\n", "AGp1bGll&#x64;ABwdw==", "====", "A===",
          "<![CDATA[AGp1bGlldABwdw==]]>", "AGp1<x/>bGlldABwdw==", "AGp1-GlldABwdw=="}) {
        EXPECT_EQ(user_of(auth("PLAIN", wrong)), "") << wrong;
    }
}

TEST(SaslUser, ReadsSasl2) {
    const std::string response = base64("n,,n=juliet,r=abc");
    const auto plain = read_sasl_login(
        "<authenticate xmlns='urn:xmpp:sasl:2' mechanism='SCRAM-SHA-256'>"
        "<user-agent id='d4565fa7-4d72-4749-b3d3-740edbf87770'><software>A&amp;B</software>"
        "</user-agent><initial-response>" +
            response + "</initial-response><bind xmlns='urn:xmpp:bind:0'><tag>A</tag></bind>" +
            "</authenticate>",
        "example.org");
    EXPECT_EQ(plain, (SaslLogin{.profile = SaslProfile::sasl2,
                                .mechanism = "SCRAM-SHA-256",
                                .user = "juliet@example.org"}));
    const auto resuming = read_sasl_login(
        "<s:authenticate xmlns:s='urn:xmpp:sasl:2' mechanism='SCRAM-SHA-256'>"
        "<resume xmlns='urn:xmpp:sm:3' previd='x' h='1'/><initial-response xmlns='other'/>"
        "<s:initial-response>" +
            response + "</s:initial-response></s:authenticate>",
        "example.org");
    ASSERT_TRUE(resuming.has_value());
    EXPECT_EQ(resuming->previd, SmId("x"));
    EXPECT_EQ(resuming->user, "juliet@example.org");
    EXPECT_EQ(user_of("<authenticate xmlns='urn:xmpp:sasl:2' mechanism='PLAIN'/>"), "");
    EXPECT_EQ(user_of("<authenticate xmlns='urn:xmpp:sasl:2' mechanism='PLAIN'>"
                      "<initial-response/></authenticate>"),
              "");
}

TEST(SaslUser, ReadsPrefixesOfTheHeader) {
    const NamespaceBindings outer{{"", "http://etherx.jabber.org/streams"},
                                  {"a", "urn:ietf:params:xml:ns:xmpp-sasl"}};
    const auto login = read_sasl_login("<a:auth mechanism='PLAIN'>AGp1bGlldABwdw==</a:auth>",
                                       "example.org", outer);
    ASSERT_TRUE(login.has_value());
    EXPECT_EQ(login->user, "juliet@example.org");
}

TEST(SaslUser, LeavesOtherElementsAlone) {
    EXPECT_FALSE(read_sasl_login("<auth mechanism='PLAIN'/>", "example.org"));
    EXPECT_FALSE(read_sasl_login("<auth xmlns='urn:xmpp:sasl:2'/>", "example.org"));
    EXPECT_FALSE(read_sasl_login("<response xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>", "a.org"));
    EXPECT_FALSE(read_sasl_login("<message/>", "example.org"));
}

TEST(SaslUser, FindsMechanismsInTheirProfile) {
    FeaturesSummary features;
    features.mechanisms = {"PLAIN"};
    features.sasl2_mechanisms = {"SCRAM-SHA-1"};
    EXPECT_TRUE(offers(features, SaslProfile::rfc6120, "PLAIN"));
    EXPECT_FALSE(offers(features, SaslProfile::sasl2, "PLAIN"));
    EXPECT_TRUE(offers(features, SaslProfile::sasl2, "SCRAM-SHA-1"));
    EXPECT_FALSE(offers(features, SaslProfile::rfc6120, ""));
    const FeaturesSummary tokens{.fast_mechanisms = {"HT-SHA-256-NONE"}};
    EXPECT_TRUE(offers(tokens, SaslProfile::sasl2, "HT-SHA-256-NONE"));
    EXPECT_FALSE(offers(tokens, SaslProfile::rfc6120, "HT-SHA-256-NONE"));
}

TEST(SaslUser, TakesWhatTheScannerLetsThroughAtMost) {
    const std::string name(600, 'a');
    const std::string long_password(kStanzaBytesFloor, 'p');
    EXPECT_EQ(user_of("PLAIN", "\0"s + name + "\0"s + long_password), name + "@example.org");
}

}  // namespace
}  // namespace xmpp
