#include "xmpp/jid.h"

#include <gtest/gtest.h>

namespace xmpp {
namespace {

std::optional<JidError> error_of(std::string_view text) {
    const auto jid = Jid::parse(text);
    if (jid) return std::nullopt;
    return jid.error();
}

std::string full(std::string_view text) {
    const auto jid = Jid::parse(text);
    return jid ? jid->full() : std::string(to_string(jid.error()));
}

TEST(Jid, SplitsIntoParts) {
    const Jid jid = Jid::parse("juliet@im.example/balcony").value();
    EXPECT_EQ(jid.localpart(), "juliet");
    EXPECT_EQ(jid.domainpart(), "im.example");
    EXPECT_EQ(jid.resourcepart(), "balcony");
    EXPECT_EQ(jid.bare(), "juliet@im.example");
    EXPECT_EQ(jid.full(), "juliet@im.example/balcony");
    EXPECT_FALSE(jid.is_bare());
}

TEST(Jid, PartsMayBeAbsent) {
    const Jid domain = Jid::parse("im.example").value();
    EXPECT_EQ(domain.localpart(), "");
    EXPECT_EQ(domain.domainpart(), "im.example");
    EXPECT_EQ(domain.resourcepart(), "");
    EXPECT_TRUE(domain.is_bare());
    EXPECT_EQ(Jid::parse("im.example/a").value().bare(), "im.example");
}

TEST(Jid, ResourceMayHoldSeparators) {
    const Jid jid = Jid::parse("a@b.example/c@d/e f").value();
    EXPECT_EQ(jid.localpart(), "a");
    EXPECT_EQ(jid.domainpart(), "b.example");
    EXPECT_EQ(jid.resourcepart(), "c@d/e f");
}

TEST(Jid, EqualWhenPreparedEqual) {
    EXPECT_EQ(Jid::parse("Juliet@IM.Example./x").value(),
              Jid::parse("juliet@im.example/x").value());
    EXPECT_FALSE(Jid::parse("a@b/X").value() == Jid::parse("a@b/x").value());
    EXPECT_EQ(std::hash<Jid>{}(Jid::parse("A@B").value()),
              std::hash<Jid>{}(Jid::parse("a@b").value()));
}

TEST(Jid, PreparesLettersBeyondAscii) {
    EXPECT_EQ(full("\xC3\x89mile@a.example"), "\xC3\xA9mile@a.example");  // E acute
    EXPECT_EQ(full("\xEF\xBC\xA1@a.example"), "a@a.example");             // full-width A
    EXPECT_EQ(full("a@b/\xEF\xBC\xA1"), "a@b/A");                         // same as resource
    EXPECT_EQ(full("a@b/\xF0\x9F\x98\x80"), "a@b/\xF0\x9F\x98\x80");      // newer than 3.2
    EXPECT_EQ(full("a@XN--BCHER-KVA.example"),
              "a@b\xC3\xBC"
              "cher.example");  // A-label
    EXPECT_EQ(full("a@B\xC3\x9C"
                   "cher.example"),
              "a@b\xC3\xBC"
              "cher.example");
}

TEST(Jid, RefusesEmptyParts) {
    EXPECT_EQ(error_of(""), JidError::bad_domainpart);
    EXPECT_EQ(error_of("@b"), JidError::bad_localpart);
    EXPECT_EQ(error_of("a@"), JidError::bad_domainpart);
    EXPECT_EQ(error_of("a@b/"), JidError::bad_resourcepart);
    EXPECT_EQ(error_of("/r"), JidError::bad_domainpart);
    EXPECT_EQ(error_of("\xC2\xAD@b"), JidError::bad_localpart);  // soft hyphen: maps to nothing
    EXPECT_EQ(error_of("b/\xC2\xAD"), JidError::bad_resourcepart);
}

TEST(Jid, RefusesForbiddenCharacters) {
    for (const char* local : {"a b", "a\"", "a&", "a'", "a:", "a<", "a>", "a\x7F", "a\t"}) {
        EXPECT_EQ(error_of(std::string(local) + "@b"), JidError::bad_localpart) << local;
    }
    EXPECT_EQ(error_of("a@b@c"), JidError::bad_domainpart);
    EXPECT_EQ(error_of("a\xEF\xBC\xA0z@b"), JidError::bad_localpart);  // full-width @
    EXPECT_EQ(error_of("\xE2\x84\x80@b"), JidError::bad_localpart);    // U+2100 maps to a/c
    EXPECT_EQ(error_of("a@b/c\nd"), JidError::bad_resourcepart);
    EXPECT_EQ(error_of(std::string_view("a\0@b", 4)), JidError::bad_localpart);
    EXPECT_EQ(error_of(std::string_view("\xC3\xA9\0@b", 5)), JidError::bad_localpart);
    EXPECT_EQ(error_of(std::string_view("a@b/\xC3\xA9\0", 7)), JidError::bad_resourcepart);
}

TEST(Jid, RefusesIllFormedUtf8) {
    EXPECT_EQ(error_of("\xC0\xAF@b"), JidError::not_utf8);
    EXPECT_EQ(error_of("a@b/\xED\xA0\x80"), JidError::not_utf8);
}

TEST(Jid, BoundsEveryPart) {
    const std::string longest(1023, 'a');
    EXPECT_EQ(error_of(longest + "@b/" + longest), std::nullopt);
    EXPECT_EQ(error_of(longest + "a@b"), JidError::too_long);
    EXPECT_EQ(error_of("a@b/" + longest + "a"), JidError::too_long);
    EXPECT_EQ(error_of("a@" + longest + "a"), JidError::too_long);
    EXPECT_EQ(error_of(std::string(1 << 20, '@')), JidError::too_long);
    std::string grows;  // U+FDFA: 3 bytes that NFKC turns into 33
    while (grows.size() + 3 <= 1023) grows += "\xEF\xB7\xBA";
    EXPECT_EQ(error_of(grows + "@b"), JidError::bad_localpart);
}

TEST(Jid, ParsesBackEqual) {
    for (const char* text : {"a@b/c", "b", "b/c@d/e", "A@xn--bcher-kva/R", "a@[::1]/x",
                             "a@xn--ab-r13a"}) {  // the last decodes to a label with U+3002 in it
        const auto once = Jid::parse(text);
        ASSERT_TRUE(once) << text;
        EXPECT_EQ(Jid::parse(once->full()).value(), *once) << text;
    }
}

TEST(PreparedDomain, FoldsAsciiAndDropsOneDot) {
    EXPECT_EQ(prepared_domain("IM.Example"), "im.example");
    EXPECT_EQ(prepared_domain("im.example."), "im.example");
    EXPECT_EQ(prepared_domain("localhost"), "localhost");
    EXPECT_EQ(prepared_domain("a-1.example"), "a-1.example");
}

TEST(PreparedDomain, WritesALabels) {
    EXPECT_EQ(prepared_domain("B\xC3\x9C"
                              "CHER.example"),
              "xn--bcher-kva.example");
    EXPECT_EQ(prepared_domain("XN--BCHER-KVA.example"), "xn--bcher-kva.example");
    EXPECT_EQ(prepared_domain("b\xC3\xBC"
                              "cher\xE3\x80\x82"
                              "example."),
              "xn--bcher-kva.example");
}

TEST(PreparedDomain, TakesAddresses) {
    EXPECT_EQ(prepared_domain("192.0.2.1"), "192.0.2.1");
    EXPECT_EQ(prepared_domain("[2001:DB8:0:0:0:0:0:1]"), "[2001:db8::1]");
}

TEST(PreparedDomain, RefusesWhatIsNoHostName) {
    for (const char* bad : {"",
                            ".",
                            "..",
                            "a..b",
                            ".a",
                            "a.b..",
                            "-a",
                            "a-",
                            "a_b",
                            "*.example",
                            "a b",
                            "a@b",
                            "a/b",
                            "2001:db8::1",
                            "[::1",
                            "[::g]",
                            "[]",
                            "[",
                            "[fe80::1%eth0]",
                            "[192.0.2.1]",
                            "a\xC3",
                            "\xC3\xBC_x",
                            "\xC3\xBC..x"}) {
        EXPECT_EQ(prepared_domain(bad), std::nullopt) << bad;
    }
    EXPECT_EQ(prepared_domain(std::string_view("\xC3\xBC.example\0.evil", 16)), std::nullopt);
    EXPECT_EQ(prepared_domain(std::string_view("[::1\0]", 6)), std::nullopt);
}

TEST(PreparedDomain, BoundsLabelsAndNames) {
    const std::string label(63, 'a');
    const std::string three = label + '.' + label + '.' + label + '.';
    EXPECT_EQ(prepared_domain(label), label);
    EXPECT_EQ(prepared_domain(label + 'a'), std::nullopt);
    EXPECT_TRUE(prepared_domain(three + std::string(61, 'a')));  // 253 bytes
    EXPECT_FALSE(prepared_domain(three + std::string(62, 'a')));
    EXPECT_FALSE(prepared_domain(std::string(1 << 20, '\xC3')));
    std::string many_labels;  // 255 code points, each a legal label or a dot
    while (many_labels.size() < 3 * 127) many_labels += "\xC3\xBC.";
    EXPECT_FALSE(prepared_domain(many_labels + "a"));
}

TEST(PreparedDomain, RefusesNamesThatGrowTooLong) {
    std::string grows;  // U+FDFA: one code point that becomes eighteen; 16 of them need 288
    for (int i = 0; i < 16; ++i) grows += "\xEF\xB7\xBA";
    EXPECT_FALSE(prepared_domain(grows));
}

}  // namespace
}  // namespace xmpp
