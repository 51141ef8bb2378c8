// The gate: what it lets pass, what it refuses and for which rule, at any split of the input.

#include "xmpp/stream_scanner.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "tests/support/scanner_feed.h"
#include "xmpp/namespaces.h"

namespace xmpp {
namespace {

using test::all_at_once;
using test::at_random;
using test::byte_by_byte;
using test::feed;
using test::Note;

constexpr std::string_view kHeader =
    "<stream:stream to='capulet.example' version='1.0' xmlns='jabber:client' "
    "xmlns:stream='http://etherx.jabber.org/streams'>";

std::string describe(const std::vector<Note>& notes) {
    std::string out;
    for (const Note& note : notes) {
        out += "[" + std::to_string(static_cast<int>(note.kind)) + " " + note.local_name + " {" +
               note.namespace_uri + "} " + std::to_string(note.bytes.size()) + " " +
               std::string(to_string(note.rule)) + "@" + std::to_string(note.offset) + "]";
    }
    return out;
}

/// What the scanner says to `input` (behind the usual header unless `header` says otherwise), which
/// must not depend on the cuts.
std::vector<Note> scan(std::string_view input, const ScanLimits& limits = {},
                       std::string_view header = kHeader) {
    ScanWorkPool pool;
    const std::string bytes = std::string(header) + std::string(input);
    StreamScanner whole_scanner(pool, limits);
    std::vector<Note> whole = feed(whole_scanner, bytes, all_at_once);
    StreamScanner bytewise_scanner(pool, limits);
    EXPECT_EQ(describe(whole), describe(feed(bytewise_scanner, bytes, byte_by_byte)))
        << bytes.substr(0, 300);
    for (unsigned seed = 1; seed <= 8; ++seed) {
        StreamScanner scanner(pool, limits);
        EXPECT_EQ(describe(whole), describe(feed(scanner, bytes, at_random, seed)))
            << bytes.substr(0, 300);
    }
    return whole;
}

/// The one token behind the header.
Note only(std::string_view input, const ScanLimits& limits = {}) {
    const std::vector<Note> notes = scan(input, limits);
    if (notes.size() != 2) {
        ADD_FAILURE() << "not one token: " << input.substr(0, 300) << " gives " << describe(notes);
        return {};
    }
    return notes[1];
}

void expect_element(std::string_view input) {
    const Note note = only(input);
    EXPECT_EQ(note.kind, TokenKind::element) << input << ": " << to_string(note.rule);
    EXPECT_EQ(note.bytes, input);
}

/// `input` is refused, at the byte of it that `at` counts.
void expect_refused(std::string_view input, ScanRule rule, std::size_t at,
                    const ScanLimits& limits = {}) {
    const Note note = only(input, limits);
    EXPECT_EQ(note.kind, TokenKind::refused) << input.substr(0, 300);
    EXPECT_EQ(to_string(note.rule), to_string(rule)) << input.substr(0, 300);
    EXPECT_EQ(note.offset, kHeader.size() + at) << input.substr(0, 300);
}

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

TEST(StreamScanner, CutsAStreamIntoFirstLevelElements) {
    const std::vector<Note> notes = scan(
        "<message><body>one</body></message> \n<presence/><iq id='a' type=\"get\"><ping "
        "xmlns='urn:xmpp:ping'/></iq>"
        "</stream:stream>");
    ASSERT_EQ(notes.size(), 6U) << describe(notes);
    EXPECT_EQ(notes[0].kind, TokenKind::stream_open);
    EXPECT_EQ(notes[0].local_name, "stream");
    EXPECT_EQ(notes[0].namespace_uri, ns::kStreams);
    EXPECT_EQ(notes[1].bytes, "<message><body>one</body></message>");
    EXPECT_EQ(notes[1].local_name, "message");
    EXPECT_EQ(notes[1].namespace_uri, ns::kClient);
    EXPECT_EQ(notes[2].kind, TokenKind::whitespace);
    EXPECT_EQ(notes[2].bytes, " \n");
    EXPECT_EQ(notes[3].bytes, "<presence/>");
    EXPECT_EQ(notes[4].local_name, "iq");
    EXPECT_EQ(notes[5].kind, TokenKind::stream_close);
    EXPECT_EQ(notes[5].bytes, "</stream:stream>");
}

TEST(StreamScanner, GivesWhiteSpaceBeforeAHeaderOfItsOwn) {
    const std::vector<Note> notes = scan("", {}, "\n " + std::string(kHeader));
    ASSERT_EQ(notes.size(), 2U);
    EXPECT_EQ(notes[0].kind, TokenKind::whitespace);
    EXPECT_EQ(notes[1].bytes, kHeader);
}

TEST(StreamScanner, TakesTheXmlDeclarationWithTheHeader) {
    for (const std::string_view declaration :
         {"<?xml version='1.0'?>", "<?xml version=\"1.0\" encoding='utf-8' standalone='yes' ?>\r\n",
          "<?xml\tversion = '1.1' encoding=\"UTF-8\"?> "}) {
        const std::string bytes = std::string(declaration) + std::string(kHeader);
        const std::vector<Note> notes = scan("", {}, bytes);
        ASSERT_EQ(notes.size(), 1U) << describe(notes);
        EXPECT_EQ(notes[0].kind, TokenKind::stream_open);
        EXPECT_EQ(notes[0].bytes, bytes);
    }
}

/// `input` is refused as the beginning of a stream.
void expect_header_refused(std::string_view input, ScanRule rule, std::size_t at) {
    const std::vector<Note> notes = scan(input, {}, "");
    ASSERT_FALSE(notes.empty()) << input;
    EXPECT_EQ(notes.back().kind, TokenKind::refused) << input;
    EXPECT_EQ(to_string(notes.back().rule), to_string(rule)) << input;
    EXPECT_EQ(notes.back().offset, at) << input;
}

TEST(StreamScanner, RefusesAnotherEncoding) {
    expect_header_refused("<?xml version='1.0' encoding='ISO-8859-1'?>", ScanRule::encoding, 20);
    expect_header_refused("<?xml version='1.0' encoding='UTF-16'?>", ScanRule::encoding, 20);
}

TEST(StreamScanner, RefusesABrokenXmlDeclaration) {
    expect_header_refused("<?xml version='2.0'?>", ScanRule::xml_declaration, 6);
    expect_header_refused("<?xml version='1.'?>", ScanRule::xml_declaration, 6);
    expect_header_refused("<?xml encoding='UTF-8'?>", ScanRule::xml_declaration, 6);
    expect_header_refused("<?xml version='1.0' standalone='no'?>", ScanRule::xml_declaration, 20);
    expect_header_refused("<?xml version='1.0' standalone='yes' encoding='UTF-8'?>",
                          ScanRule::xml_declaration, 37);
    expect_header_refused("<?xml version='1.0' version='1.0'?>", ScanRule::xml_declaration, 20);
    expect_header_refused("<?xml ?>", ScanRule::xml_declaration, 0);
    expect_header_refused("<?xml version='1.0'>", ScanRule::syntax, 19);
    expect_header_refused("<?xml version='1.0'encoding='UTF-8'?>", ScanRule::syntax, 19);
    expect_header_refused("<?xml version='1.0'?x", ScanRule::syntax, 20);
    expect_header_refused("<?xml version='1.0'/>", ScanRule::syntax, 19);
}

TEST(StreamScanner, RefusesAnXmlDeclarationBehindWhiteSpace) {
    expect_header_refused(" <?xml version='1.0'?>", ScanRule::processing_instruction, 1);
}

TEST(StreamScanner, RefusesASecondXmlDeclaration) {
    expect_header_refused("<?xml version='1.0'?><?xml version='1.0'?>",
                          ScanRule::processing_instruction, 21);
}

TEST(StreamScanner, RefusesWhatIsNoStream) {
    expect_header_refused("GET / HTTP/1.1\r\n", ScanRule::not_a_stream, 0);
    expect_header_refused("\x16\x03\x01", ScanRule::not_a_stream, 0);
    expect_header_refused("\xEF\xBB\xBF<stream:stream>", ScanRule::not_a_stream, 0);
    expect_header_refused("<?xml version='1.0'?> x", ScanRule::not_a_stream, 22);
    expect_header_refused("<![CDATA[x]]>", ScanRule::not_a_stream, 0);
    expect_header_refused("</stream:stream>", ScanRule::not_a_stream, 0);
    expect_header_refused("<html xmlns='http://etherx.jabber.org/streams'>", ScanRule::not_a_stream,
                          0);
    expect_header_refused("<stream xmlns='http://etherx.jabber.org/streams'/>",
                          ScanRule::not_a_stream, 0);
}

TEST(StreamScanner, RefusesAStreamInAnotherNamespace) {
    expect_header_refused("<stream>", ScanRule::wrong_stream_namespace, 0);
    expect_header_refused(" <a:stream xmlns:a='jabber:client'>", ScanRule::wrong_stream_namespace,
                          1);
    expect_header_refused("<stream:stream xmlns='http://etherx.jabber.org/streams'>",
                          ScanRule::unbound_prefix, 1);
}

TEST(StreamScanner, ReadsTheNamespaceOfTheHeaderAsWhatItStandsFor) {
    const std::vector<Note> notes = scan(
        "<a/>", {},
        "<s:stream xmlns='jabber:clien&#x74;' xmlns:s='http://etherx.jabber.org/stre&#97;ms'>");
    ASSERT_EQ(notes.size(), 2U) << describe(notes);
    EXPECT_EQ(notes[0].namespace_uri, ns::kStreams);
    EXPECT_EQ(notes[1].namespace_uri, ns::kClient);
}

TEST(StreamScanner, TakesAHeaderWithoutPrefix) {
    const std::vector<Note> notes =
        scan("<features/><message xmlns='jabber:client'><body/></message></stream>", {},
             "<stream xmlns='http://etherx.jabber.org/streams'>");
    ASSERT_EQ(notes.size(), 4U) << describe(notes);
    EXPECT_EQ(notes[1].namespace_uri, ns::kStreams);
    EXPECT_EQ(notes[2].namespace_uri, ns::kClient);
    EXPECT_EQ(notes[3].kind, TokenKind::stream_close);
}

TEST(StreamScanner, KeepsPrefixesOfTheHeaderInScope) {
    const std::vector<Note> notes =
        scan("<db:result db:a='1' xml:lang='en'/><message/></s:stream>", {},
             "<s:stream xmlns:s='http://etherx.jabber.org/streams' xmlns='jabber:server' "
             "xmlns:db='jabber:server:dialback'>");
    ASSERT_EQ(notes.size(), 4U) << describe(notes);
    EXPECT_EQ(notes[1].local_name, "result");
    EXPECT_EQ(notes[1].namespace_uri, "jabber:server:dialback");
    EXPECT_EQ(notes[2].namespace_uri, "jabber:server");
    EXPECT_EQ(notes[3].kind, TokenKind::stream_close);
}

TEST(StreamScanner, NamesAnElementByItsOwnDeclaration) {
    const Note note = only("<a:b xmlns='x' xmlns:a='urn:a'><c xmlns:a='urn:other'/></a:b>");
    EXPECT_EQ(note.local_name, "b");
    EXPECT_EQ(note.namespace_uri, "urn:a");
    EXPECT_EQ(only("<b xmlns=''/>").namespace_uri, "");
    EXPECT_EQ(only("<xml:b/>").namespace_uri, ns::kXml);
}

TEST(StreamScanner, TakesMarkupThatXmlAllows) {
    expect_element("<message\tto = 'a'\n\r id=\"b\" ><body\n>x</body\t ></message\r\n>");
    expect_element("<a b='>' c='\"' d=\"'\" e=']]>'/>");
    expect_element("<a> ]] > ]&gt; ]]&gt; \x7F </a>");
    expect_element("<a-b.c_d1 _x='' A-1.b='2'/>");
    expect_element(
        "<very-long-element-name-of-forty-characters very-long-attribute-name-of-more='1'>"
        "</very-long-element-name-of-forty-characters>");
    expect_element("<a><a><a></a></a><a/></a>");
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

TEST(StreamScanner, RefusesCommentInsideStanza) {
    expect_refused("<message><!-- hi --></message>", ScanRule::comment, 9);
}

TEST(StreamScanner, RefusesCommentAnywhereElse) {
    expect_refused("<!-- hi -->", ScanRule::comment, 0);
    expect_header_refused("<!-- hi --><stream:stream>", ScanRule::comment, 0);
}

TEST(StreamScanner, RefusesProcessingInstructions) {
    expect_refused("<message><?php echo ?></message>", ScanRule::processing_instruction, 9);
    expect_refused("<?xml version='1.0'?>", ScanRule::processing_instruction, 0);
    expect_header_refused("<?php ?>", ScanRule::processing_instruction, 0);
    expect_header_refused("<?xml-stylesheet href='a'?>", ScanRule::processing_instruction, 0);
    expect_header_refused("<?XML version='1.0'?>", ScanRule::processing_instruction, 0);
}

TEST(StreamScanner, RefusesDoctype) {
    expect_header_refused("<!DOCTYPE stream>", ScanRule::doctype, 0);
    expect_refused("<a><!DOCTYPE b></a>", ScanRule::doctype, 3);
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

TEST(StreamScanner, RefusesBrokenTags) {
    expect_refused("<1a/>", ScanRule::syntax, 1);
    expect_refused("< a/>", ScanRule::syntax, 1);
    expect_refused("<a<b/>", ScanRule::syntax, 2);
    expect_refused("<a b/>", ScanRule::syntax, 4);
    expect_refused("<a b=c/>", ScanRule::syntax, 5);
    expect_refused("<a b='1'c='2'/>", ScanRule::syntax, 8);
    expect_refused("<a b='1' 2c='2'/>", ScanRule::syntax, 9);
    expect_refused("<a / >", ScanRule::syntax, 4);
    expect_refused("<a ='1'/>", ScanRule::syntax, 3);
    expect_refused("<a b='<'/>", ScanRule::syntax, 6);
    expect_refused("<a?>", ScanRule::syntax, 2);
    expect_refused("<!a", ScanRule::syntax, 2);
    expect_refused("<a/b>", ScanRule::syntax, 3);
    expect_refused("<a></a/>", ScanRule::end_tag, 6);
    expect_refused("<a></a b>", ScanRule::syntax, 7);
}

TEST(StreamScanner, RefusesMisplacedColons) {
    expect_refused("<:a/>", ScanRule::syntax, 1);
    expect_refused("<a:/>", ScanRule::syntax, 3);
    expect_refused("<a: b='1'/>", ScanRule::syntax, 3);
    expect_refused("<stream:1 some='padding to fill a block'/>", ScanRule::syntax, 8);
    expect_refused("<a:b:c some='padding to fill a block'/>", ScanRule::syntax, 4);
    expect_refused("<a :b='padding to fill a block'/>", ScanRule::syntax, 3);
    expect_refused("<a b:='padding to fill a block'/>", ScanRule::syntax, 5);
    expect_refused("<a xmlns:='padding to fill a block'/>", ScanRule::syntax, 9);
}

TEST(StreamScanner, RefusesEndTagsOfOtherElements) {
    expect_refused("<message><body></message></body>", ScanRule::end_tag, 17);
    expect_refused("<ab></abc>", ScanRule::end_tag, 8);
    expect_refused("<abc></ab>", ScanRule::end_tag, 9);
    expect_refused("<a xmlns:p='u' xmlns:q='u'><p:b></q:b></a>", ScanRule::end_tag, 34);
    expect_refused("<a></ a>", ScanRule::end_tag, 5);
    expect_refused("</stream>", ScanRule::end_tag, 8);
    expect_refused("</message>", ScanRule::end_tag, 2);
}

TEST(StreamScanner, RefusesDuplicateAttributes) {
    expect_refused("<a id='1' to='b' id='2'/>", ScanRule::duplicate_attribute, 17);
    expect_refused("<a xmlns='x' xmlns='y'/>", ScanRule::duplicate_attribute, 13);
    expect_refused("<a xml:lang='x' xml:lang='y'/>", ScanRule::duplicate_attribute, 16);
}

TEST(StreamScanner, RefusesAttributesThatAreOneByNamespace) {
    expect_refused("<a xmlns:p='u' xmlns:q='u' p:x='1' q:x='2'/>", ScanRule::duplicate_attribute,
                   35);
    expect_refused("<a xmlns:p='u v' xmlns:q='&#117;\nv' p:x='1' q:x='2'/>",
                   ScanRule::duplicate_attribute, 44);
    expect_refused("<a xmlns:p='a&lt;&#x20AC;' xmlns:q='&#97;&lt;\xE2\x82\xAC' p:x='1' q:x='2'/>",
                   ScanRule::duplicate_attribute, 58);
    expect_refused("<a xmlns:p='u&#10;' xmlns:q='u\r\n' q:x='1' p:x='2' xmlns:r='u&#xA;' r:x='3'/>",
                   ScanRule::duplicate_attribute, 67);
    expect_element("<a xmlns:p='u' xmlns:q='v' p:x='1' q:x='2' x='3'/>");
}

TEST(StreamScanner, RefusesAttributesThatAreOneByNamespacesFromFartherOut) {
    expect_refused("<a xmlns:p='u&#118;'><b xmlns:q='uv'><c p:x='1' q:x='2'/></b></a>",
                   ScanRule::duplicate_attribute, 48);
    expect_refused("<a xmlns:p='u' xmlns:q='v'><b xmlns:p='v' q:x='1' p:x='2'/></a>",
                   ScanRule::duplicate_attribute, 50);
    expect_element(
        "<a xmlns:p='u&#118;'><b xmlns:q='&#119;'/><b xmlns:q='w' p:x='1' q:x='2'/></a>");
    constexpr std::string_view kTwice =
        "<s:stream xmlns:s='http://etherx.jabber.org/streams' xmlns:p='u' xmlns:q='&#117;'>";
    EXPECT_EQ(scan("<a p:x='1' q:x='2'/>", {}, kTwice).back().rule, ScanRule::duplicate_attribute);
    EXPECT_EQ(scan("<a p:x='1' q:y='2'/>", {}, kTwice).back().kind, TokenKind::element);
    EXPECT_EQ(scan("<a xmlns:r='u' r:x='1' q:x='2'/>", {}, kTwice).back().rule,
              ScanRule::duplicate_attribute);
    EXPECT_EQ(
        scan("<a xmlns:stream='v' xmlns:t='http://etherx.jabber.org/streams' t:x='1' s:x='2'/>", {},
             kTwice)
            .back()
            .rule,
        ScanRule::duplicate_attribute);
}

TEST(StreamScanner, RefusesUnboundPrefixes) {
    expect_refused("<x:a/>", ScanRule::unbound_prefix, 1);
    expect_refused("<a x:b='1'/>", ScanRule::unbound_prefix, 3);
    expect_refused("<a><b xmlns:p='u'><p:c/></b><p:d/></a>", ScanRule::unbound_prefix, 29);
}

TEST(StreamScanner, RefusesToUndeclareAPrefix) {
    expect_refused("<a xmlns:p=''/>", ScanRule::unbound_prefix, 3);
    expect_element("<a xmlns=''><b/></a>");
}

TEST(StreamScanner, RefusesReservedPrefixesAndNamespaces) {
    expect_refused("<a xmlns:xml='u'/>", ScanRule::reserved_prefix, 3);
    expect_refused("<a xmlns:xmlns='u'/>", ScanRule::reserved_prefix, 3);
    expect_refused("<a xmlns:p='http://www.w3.org/XML/1998/namespace'/>", ScanRule::reserved_prefix,
                   3);
    expect_refused("<a xmlns='http://www.w3.org/XML/1998/namespac&#101;'/>",
                   ScanRule::reserved_prefix, 3);
    expect_refused("<a xmlns:p='http://www.w3.org/2000/xmlns/'/>", ScanRule::reserved_prefix, 3);
    expect_refused("<xmlns:a/>", ScanRule::reserved_prefix, 1);
    expect_element("<a xmlns:xml='http://www.w3.org/XML/1998/namespace' xml:lang='en'/>");
}

TEST(StreamScanner, RefusesTextBetweenElements) {
    expect_refused("x", ScanRule::text_between_elements, 0);
    expect_refused("&#32;", ScanRule::text_between_elements, 0);
    expect_refused("<![CDATA[ ]]>", ScanRule::text_between_elements, 0);
}

TEST(StreamScanner, RefusesStreamsElementsInsideElements) {
    expect_refused("<message><stream:stream/></message>", ScanRule::nested_stream, 9);
    expect_refused("<message><stream:error/></message>", ScanRule::nested_stream, 9);
    expect_refused("<a><b xmlns='http://etherx.jabber.org/streams'/></a>", ScanRule::nested_stream,
                   3);
    expect_refused("<a><b xmlns='http://etherx.jabber.org/stream&#115;'/></a>",
                   ScanRule::nested_stream, 3);
    expect_element("<stream:features xmlns='u'><a/></stream:features>");
    expect_element("<stream:error><b xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>");
}

TEST(StreamScanner, SeesTheDefaultNamespaceComeBackBehindAnElement) {
    const std::vector<Note> notes = scan("<a xmlns='u'><b xmlns='v'/><c/></a><d/>", {},
                                         "<stream xmlns='http://etherx.jabber.org/streams'>");
    ASSERT_EQ(notes.size(), 3U) << describe(notes);
    EXPECT_EQ(notes[1].namespace_uri, "u");
    EXPECT_EQ(notes[2].namespace_uri, ns::kStreams);
    const std::vector<Note> nested = scan("<a><b xmlns='v'><c/></b><d/></a>", {},
                                          "<s:stream xmlns:s='http://etherx.jabber.org/streams'>");
    EXPECT_EQ(nested.back().kind, TokenKind::element) << describe(nested);
    const std::vector<Note> refused =
        scan("<a><b xmlns='v'/></a>", {}, "<stream xmlns='http://etherx.jabber.org/streams'>");
    EXPECT_EQ(refused.back().kind, TokenKind::element) << describe(refused);
}

TEST(StreamScanner, RefusesAStreamInsideTheStream) {
    expect_refused("<stream:stream xmlns='jabber:client'>", ScanRule::nested_stream, 0);
}

TEST(StreamScanner, AllowsOnlyWhiteSpaceBehindTheStream) {
    const std::vector<Note> notes = scan("</stream:stream > \n<presence/>");
    ASSERT_EQ(notes.size(), 4U) << describe(notes);
    EXPECT_EQ(notes[1].bytes, "</stream:stream >");
    EXPECT_EQ(notes[2].kind, TokenKind::whitespace);
    EXPECT_EQ(notes[3].rule, ScanRule::after_stream_close);
}

TEST(StreamScanner, TakesNamesBeyondAsciiOfTheFourthEdition) {
    expect_element(
        "<\xD0\xBF\xD1\x80\xD0\xB8\xD0\xB2\xD0\xB5\xD1\x82 "
        "\xE4\xBD\xA0='x'><\xC3\xA9\xCC\x81/></\xD0\xBF\xD1\x80\xD0\xB8\xD0\xB2\xD0\xB5\xD1\x82>");
    expect_refused("<a\xE2\x81\xB0/>", ScanRule::syntax,
                   2);                                   // U+2070, a name of the fifth edition only
    expect_refused("<\xCC\x81/>", ScanRule::syntax, 1);  // U+0301 may only follow
    expect_refused("<\xF0\x90\x90\x80/>", ScanRule::syntax, 1);  // U+10400
    expect_refused("<a\xED\xA0\x80/>", ScanRule::utf8, 2);
}

// Limits.

std::string repeated(std::string_view piece, std::size_t times) {
    std::string out;
    for (std::size_t i = 0; i < times; ++i) out += piece;
    return out;
}

TEST(ScanLimits, BytesAreCountedFromTheFirstToTheLast) {
    const std::string element = "<a>" + std::string(93, 'x') + "</a>";
    const ScanLimits limits{.bytes = 100};
    // The header is longer: give it its own scanner.
    ScanWorkPool pool;
    const ScanLimits large;
    StreamScanner scanner(pool, large);
    ASSERT_EQ(scanner.next(kHeader).kind, TokenKind::stream_open);
    scanner.set_limits(limits);
    EXPECT_EQ(scanner.next(element).kind, TokenKind::element);
    const std::string longer = "<a>" + std::string(94, 'x') + "</a>";
    const Token token = scanner.next(longer);
    EXPECT_EQ(token.refusal.rule, ScanRule::too_many_bytes);
    EXPECT_EQ(token.refusal.offset, 100U);
}

TEST(ScanLimits, AreTheSameForEveryCut) {
    const ScanLimits limits{.bytes = 200};
    expect_refused("<a>" + std::string(300, 'x') + "</a>", ScanRule::too_many_bytes, 200, limits);
    expect_refused("<a>" + repeated("\xE4\xBD\xA0", 100) + "</a>", ScanRule::too_many_bytes, 200,
                   limits);
    expect_refused("<a b='" + std::string(300, 'x') + "'/>", ScanRule::too_many_bytes, 200, limits);
    expect_refused("<a" + std::string(300, ' ') + "/>", ScanRule::too_many_bytes, 200, limits);
    expect_refused("<a>" + std::string(197, 'x') + "\x01", ScanRule::too_many_bytes, 200, limits);
    expect_refused("<a>" + std::string(196, 'x') + "\x01", ScanRule::character, 199, limits);
    expect_refused("</stream:stream" + std::string(300, ' ') + ">", ScanRule::too_many_bytes, 200,
                   limits);
}

TEST(ScanLimits, BoundTheHeaderToo) {
    EXPECT_EQ(scan("", {.bytes = 60}).back().rule, ScanRule::too_many_bytes);
    EXPECT_EQ(scan("", {.attributes = 2}).back().rule, ScanRule::too_many_attributes);
    EXPECT_EQ(scan("", {.namespaces = 1}).back().rule, ScanRule::too_many_namespaces);
}

TEST(ScanLimits, AGibibyteInOneStanzaIsRefusedAtTheLimit) {
    ScanWorkPool pool;
    const ScanLimits limits;
    StreamScanner scanner(pool, limits);
    ASSERT_EQ(scanner.next(kHeader).kind, TokenKind::stream_open);
    std::string window = "<message><body>";
    Token token;
    std::size_t fed = 0;
    for (; fed < (std::size_t{1} << 30) && token.kind == TokenKind::need_more; fed += 16384) {
        window.append(16384, 'x');
        token = scanner.next(window);
    }
    EXPECT_EQ(token.refusal.rule, ScanRule::too_many_bytes);
    EXPECT_EQ(token.refusal.offset, kStanzaBytes);
    EXPECT_LE(fed, kStanzaBytes + 16384);
    EXPECT_EQ(pool.lent(), 0U);
}

TEST(ScanLimits, Depth) {
    const ScanLimits limits{.depth = 3};
    EXPECT_EQ(only("<a><a><a></a></a></a>", limits).kind, TokenKind::element);
    expect_refused("<a><a><a><a/></a></a></a>", ScanRule::too_deep, 9, limits);
    expect_refused(repeated("<a>", 100'000), ScanRule::too_deep, 300);
}

TEST(ScanLimits, Attributes) {
    const ScanLimits limits{.attributes = 4};
    EXPECT_EQ(only("<a b='1' c='2' d='3' e='4'/>", limits).kind, TokenKind::element);
    expect_refused("<a b='1' c='2' d='3' e='4' f='5'/>", ScanRule::too_many_attributes, 27, limits);
    std::string tag = "<a";
    for (int i = 0; i < 10'000; ++i) tag += " a" + std::to_string(i) + "=''";
    const Note note = only(tag + "/>");
    EXPECT_EQ(note.rule, ScanRule::too_many_attributes);
}

TEST(ScanLimits, Elements) {
    const ScanLimits limits{.elements = 3};
    EXPECT_EQ(only("<a><b/><b/><b/></a>", limits).kind, TokenKind::element);
    expect_refused("<a><b/><b/><b/><b/></a>", ScanRule::too_many_elements, 15, limits);
    // Each first-level element begins anew.
    EXPECT_EQ(scan("<a><b/><b/><b/></a><a><b/></a>", limits).back().kind, TokenKind::element);
}

TEST(ScanLimits, NamespacesCountThoseOfTheHeader) {
    const ScanLimits limits{.namespaces = 4};
    EXPECT_EQ(only("<a xmlns:p='u' xmlns:q='u'><b/></a>", limits).kind, TokenKind::element);
    expect_refused("<a xmlns:p='u' xmlns:q='u'><b xmlns='v'/></a>", ScanRule::too_many_namespaces,
                   30, limits);
    EXPECT_EQ(only("<a><b xmlns:p='u' xmlns:q='u'/><b xmlns:p='u' xmlns:q='u'/></a>", limits).kind,
              TokenKind::element);
}

TEST(ScanLimits, NewOnesHoldFromTheNextToken) {
    ScanWorkPool pool;
    const ScanLimits wide;
    const ScanLimits narrow{.bytes = 20};
    StreamScanner scanner(pool, wide);
    ASSERT_EQ(scanner.next(kHeader).kind, TokenKind::stream_open);
    const std::string element = "<a>" + std::string(50, 'x') + "</a>";
    EXPECT_EQ(scanner.next(element.substr(0, 10)).kind, TokenKind::need_more);
    scanner.set_limits(narrow);
    EXPECT_EQ(scanner.next(element).kind, TokenKind::element);
    EXPECT_EQ(scanner.next(element).refusal.rule, ScanRule::too_many_bytes);
}

// The object.

TEST(StreamScanner, IsSmall) {
    EXPECT_LE(sizeof(StreamScanner), 64U);
}

TEST(StreamScanner, HoldsWorkOnlyWhileATokenIsOpen) {
    ScanWorkPool pool;
    const ScanLimits limits;
    StreamScanner scanner(pool, limits);
    EXPECT_TRUE(scanner.is_between_tokens());
    scanner.next(" ");
    EXPECT_EQ(pool.lent(), 0U);
    scanner.next(kHeader.substr(0, 5));
    EXPECT_EQ(pool.lent(), 1U);
    EXPECT_FALSE(scanner.is_between_tokens());
    EXPECT_EQ(scanner.next(kHeader).kind, TokenKind::stream_open);
    EXPECT_EQ(pool.lent(), 0U);
    EXPECT_TRUE(scanner.is_between_tokens());
    scanner.next("<message><bo");
    EXPECT_EQ(pool.lent(), 1U);
    scanner.restart();
    EXPECT_EQ(pool.lent(), 0U);
}

TEST(StreamScanner, GivesItsWorkBackWhenDestroyed) {
    ScanWorkPool pool;
    const ScanLimits limits;
    {
        StreamScanner scanner(pool, limits);
        scanner.next("<stream:st");
        StreamScanner moved(std::move(scanner));
        EXPECT_EQ(pool.lent(), 1U);
        EXPECT_EQ(moved.next(kHeader).kind, TokenKind::stream_open);
        moved.next("<a");
        EXPECT_EQ(pool.lent(), 1U);
    }
    EXPECT_EQ(pool.lent(), 0U);
}

TEST(StreamScanner, TellsWhetherTheStreamIsOpen) {
    ScanWorkPool pool;
    const ScanLimits limits;
    StreamScanner scanner(pool, limits);
    EXPECT_FALSE(scanner.is_stream_open());
    EXPECT_EQ(scanner.default_namespace(), "");
    scanner.next(kHeader);
    EXPECT_TRUE(scanner.is_stream_open());
    EXPECT_EQ(scanner.default_namespace(), ns::kClient);
    scanner.next("</stream:stream>");
    EXPECT_FALSE(scanner.is_stream_open());
}

TEST(StreamScanner, ForgetsEverythingOnRestart) {
    ScanWorkPool pool;
    const ScanLimits limits;
    StreamScanner scanner(pool, limits);
    scanner.next(kHeader);
    EXPECT_EQ(scanner.next("<p:a/>").kind, TokenKind::refused);
    scanner.restart();
    EXPECT_EQ(scanner.default_namespace(), "");
    const std::string header =
        "<?xml version='1.0'?><s:stream xmlns:s='http://etherx.jabber.org/streams' xmlns:p='u'>";
    EXPECT_EQ(scanner.next(header).kind, TokenKind::stream_open);
    EXPECT_EQ(scanner.next("<p:a/>").namespace_uri, "u");
    EXPECT_EQ(scanner.default_namespace(), "");
}

TEST(StreamScanner, StaysRefused) {
    ScanWorkPool pool;
    const ScanLimits limits;
    StreamScanner scanner(pool, limits);
    scanner.next(kHeader);
    EXPECT_EQ(scanner.next("<a></b>").refusal.rule, ScanRule::end_tag);
    const Token again = scanner.next("<message/>");
    EXPECT_EQ(again.kind, TokenKind::refused);
    EXPECT_EQ(again.refusal.rule, ScanRule::end_tag);
    EXPECT_EQ(again.refusal.offset, 5U);
    EXPECT_FALSE(scanner.is_between_tokens());
}

TEST(StreamScanner, LetsTheWindowMove) {
    ScanWorkPool pool;
    const ScanLimits limits;
    StreamScanner scanner(pool, limits);
    scanner.next(kHeader);
    const std::string_view element =
        "<a:message xmlns:a='urn:a' xmlns:b='urn:b'><b:body b:c='1' d='2'>x</b:body></a:message>";
    for (std::size_t size = 1; size < element.size(); ++size) {
        // The memory of the window before is gone.
        const std::string window(element.substr(0, size));
        ASSERT_EQ(scanner.next(window).kind, TokenKind::need_more) << size;
    }
    const std::string window(element);
    const Token token = scanner.next(window);
    EXPECT_EQ(token.kind, TokenKind::element);
    EXPECT_TRUE(token.is("message", "urn:a"));
}

TEST(StreamScanner, GivesNothingForAnEmptyWindow) {
    ScanWorkPool pool;
    const ScanLimits limits;
    StreamScanner scanner(pool, limits);
    EXPECT_EQ(scanner.next({}).kind, TokenKind::need_more);
    scanner.next("<a");
    EXPECT_EQ(scanner.next({}).kind, TokenKind::need_more);
}

TEST(StreamScanner, ManyScannersShareAPool) {
    ScanWorkPool pool;
    const ScanLimits limits;
    std::vector<StreamScanner> scanners;
    for (int i = 0; i < 100; ++i) scanners.emplace_back(pool, limits);
    for (StreamScanner& scanner : scanners)
        EXPECT_EQ(scanner.next("<stream:stream ").kind, TokenKind::need_more);
    EXPECT_EQ(pool.lent(), 100U);
    for (StreamScanner& scanner : scanners)
        EXPECT_EQ(scanner.next(kHeader).kind, TokenKind::stream_open);
    EXPECT_EQ(pool.lent(), 0U);
}

TEST(ScanRule, EveryRuleHasAWordAndACondition) {
    EXPECT_EQ(condition_of(ScanRule::comment), StreamErrorCondition::restricted_xml);
    EXPECT_EQ(condition_of(ScanRule::utf8), StreamErrorCondition::unsupported_encoding);
    EXPECT_EQ(condition_of(ScanRule::unbound_prefix), StreamErrorCondition::not_well_formed);
    EXPECT_EQ(condition_of(ScanRule::not_a_stream), StreamErrorCondition::bad_format);
    EXPECT_EQ(condition_of(ScanRule::wrong_stream_namespace),
              StreamErrorCondition::invalid_namespace);
    EXPECT_EQ(condition_of(ScanRule::too_deep), StreamErrorCondition::policy_violation);
    std::vector<std::string_view> words;
    for (int rule = 0; rule <= static_cast<int>(ScanRule::too_many_namespaces); ++rule) {
        const std::string_view word = to_string(static_cast<ScanRule>(rule));
        EXPECT_FALSE(word.empty());
        EXPECT_EQ(std::count(words.begin(), words.end(), word), 0) << word;
        words.push_back(word);
    }
}

}  // namespace
}  // namespace xmpp
