// The gate and character data: references, CDATA, characters, UTF-8.

#include "xmpp/stream_scanner.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/support/scanner_checks.h"

namespace xmpp {
namespace {

using test::all_at_once;
using test::byte_by_byte;
using test::describe;
using test::expect_element;
using test::expect_refused;
using test::feed;
using test::kHeader;

TEST(StreamScanner, JudgesLongTextAlikeWhereverASurpriseStands) {
    // Long text is looked at in pictures of 64 bytes; each of these stands at every place of one.
    struct Surprise {
        std::string_view bytes;
        ScanRule rule;
    };
    constexpr Surprise kSurprises[] = {
        {"&amp;", ScanRule::none},
        {"&quot;&apos;&lt;&gt;", ScanRule::none},
        {"&#233;", ScanRule::none},
        {"\xC3\xA9", ScanRule::none},
        {"\xE6\xBC\xA2", ScanRule::none},
        {"\xF0\x9F\x98\x80", ScanRule::none},
        {"\r\n\t", ScanRule::none},
        {">]>] ]", ScanRule::none},
        {"]]>", ScanRule::cdata_end_in_text},
        {"&nbsp;", ScanRule::entity_reference},
        {"&amp ", ScanRule::syntax},
        {"\xC3(", ScanRule::utf8},
        {"\xC1\xA9", ScanRule::utf8},
        {"\x01", ScanRule::character},
        {"</c>", ScanRule::end_tag},
    };
    ScanWorkPool pool;
    const ScanLimits limits;
    for (const auto& [bytes, rule] : kSurprises) {
        for (std::size_t before = 0; before < 140; ++before) {
            const std::string input = std::string(kHeader) + "<a><b>" + std::string(before, 'x') +
                                      std::string(bytes) + std::string(150 - before, 'y') +
                                      "</b></a>";
            StreamScanner whole_scanner(pool, limits);
            const auto whole = feed(whole_scanner, input, all_at_once);
            StreamScanner bytewise_scanner(pool, limits);
            ASSERT_EQ(describe(whole), describe(feed(bytewise_scanner, input, byte_by_byte)))
                << bytes << " behind " << before;
            ASSERT_EQ(whole.back().rule, rule) << bytes << " behind " << before;
        }
    }
}

TEST(StreamScanner, TakesPredefinedEntitiesAndCharacterReferences) {
    expect_element("<a b='&lt;&gt;&amp;&quot;&apos;'>&lt;&gt;&amp;&quot;&apos;</a>");
    expect_element(
        "<a "
        "b='&#65;&#x41;'>&#9;&#10;&#13;&#x20;&#xD7FF;&#xE000;&#xFFFD;&#x10000;&#x10ffFF;&#00065;</"
        "a>");
}

TEST(StreamScanner, RefusesOtherEntityReferences) {
    expect_refused("<a>&nbsp;</a>", ScanRule::entity_reference, 3);
    expect_refused("<a>x&lt&gt;</a>", ScanRule::syntax, 7);
    expect_refused("<a>&amps;</a>", ScanRule::entity_reference, 3);
    expect_refused("<a>&l;</a>", ScanRule::entity_reference, 3);
    expect_refused("<a b='&LT;'/>", ScanRule::entity_reference, 6);
    expect_refused("<a>&\xC3\xA9;</a>", ScanRule::entity_reference, 3);
}

TEST(StreamScanner, RefusesAnAmpersandThatBeginsNoReference) {
    expect_refused("<a>& b</a>", ScanRule::syntax, 4);
    expect_refused("<a>&;</a>", ScanRule::syntax, 4);
    expect_refused("<a b='&'/>", ScanRule::syntax, 7);
}

TEST(StreamScanner, RefusesReferencesToWhatIsNoCharacter) {
    for (const std::string_view reference :
         {"&#0;", "&#8;", "&#x1F;", "&#xD800;", "&#xDFFF;", "&#xFFFE;", "&#xFFFF;", "&#x110000;",
          "&#99999999999999999999;", "&#;", "&#x;", "&#X41;", "&#4A;", "&#x4G;", "&#-1;",
          "&#65 "}) {
        expect_refused("<a>" + std::string(reference) + "</a>", ScanRule::character_reference, 3);
        expect_refused("<a b='" + std::string(reference) + "'/>", ScanRule::character_reference, 6);
    }
}

TEST(StreamScanner, TakesCdataInsideElements) {
    expect_element("<a><![CDATA[<b>&x; ]] ]> ]]]]></a>");
    expect_element("<a><![CDATA[]]></a>");
    expect_element("<a><![CDATA[x]]>></a>");
    expect_element("<a><![CDATA[x\r\n\t\xE4\xBD\xA0]]>y<![CDATA[z]]></a>");
}

TEST(StreamScanner, RefusesBrokenCdata) {
    expect_refused("<a><![cdata[x]]></a>", ScanRule::syntax, 6);
    expect_refused("<a><![CDATA x", ScanRule::syntax, 11);
    expect_refused("<a><![CDATA[\x01]]></a>", ScanRule::character, 12);
    expect_refused("<a><![CDATA[\xFF]]></a>", ScanRule::utf8, 12);
}

TEST(StreamScanner, RefusesTheEndOfCdataInText) {
    expect_refused("<a>b]]>c</a>", ScanRule::cdata_end_in_text, 6);
    expect_refused("<a>]]]]></a>", ScanRule::cdata_end_in_text, 7);
    expect_refused("<a><![CDATA[x]]>]]></a>", ScanRule::cdata_end_in_text, 18);
}

TEST(StreamScanner, RefusesControlCharacters) {
    expect_refused(std::string_view("<a>\0</a>", 8), ScanRule::character, 3);
    expect_refused("<a>\x1F</a>", ScanRule::character, 3);
    expect_refused("<a b='\x01'/>", ScanRule::character, 6);
    expect_refused("<a \x02", ScanRule::character, 3);
    expect_refused("<a>a long run of plain text in front of it \x0B</a>", ScanRule::character, 43);
}

TEST(StreamScanner, RefusesNonCharacters) {
    expect_refused("<a>\xEF\xBF\xBE</a>", ScanRule::character, 3);
    expect_refused("<a b='\xEF\xBF\xBF'/>", ScanRule::character, 6);
    expect_element("<a>\xEF\xBF\xBD\xEF\xB7\x90\xF0\x9F\xBF\xBF\xC2\x80</a>");
}

TEST(StreamScanner, RefusesBrokenUtf8) {
    for (const std::string_view bytes :
         {"\x80", "\xC0\xAF", "\xC1\xBF", "\xE0\x9F\xBF", "\xED\xA0\x80", "\xF0\x8F\xBF\xBF",
          "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFF", "\xC3(", "\xE4\xBD(", "\xF0\x9F\x98("}) {
        expect_refused("<a>" + std::string(bytes) + "</a>", ScanRule::utf8, 3);
        expect_refused("<a b='" + std::string(bytes) + "'/>", ScanRule::utf8, 6);
        expect_refused("<a>\xD0\x9F\xD1\x80 and plain text around " + std::string(bytes) +
                           " here, enough of it</a>",
                       ScanRule::utf8, 30);
    }
}

TEST(StreamScanner, LetsNoCutSequenceSwallowMarkup) {
    expect_refused("<a>\xEB<b/>\x80</a>", ScanRule::utf8, 3);
    expect_refused("<a b='\xEB'/>", ScanRule::utf8, 6);
}

}  // namespace
}  // namespace xmpp
