// The gate and namespaces: what binds, what is unbound, what may not be bound.

#include "xmpp/stream_scanner.h"

#include <gtest/gtest.h>

#include <vector>

#include "tests/support/scanner_checks.h"
#include "xmpp/namespaces.h"

namespace xmpp {
namespace {

using test::describe;
using test::expect_element;
using test::expect_refused;
using test::Note;
using test::only;
using test::scan;

TEST(StreamScanner, NamesAnElementByItsOwnDeclaration) {
    const Note note = only("<a:b xmlns='x' xmlns:a='urn:a'><c xmlns:a='urn:other'/></a:b>");
    EXPECT_EQ(note.local_name, "b");
    EXPECT_EQ(note.namespace_uri, "urn:a");
    EXPECT_EQ(only("<b xmlns=''/>").namespace_uri, "");
    EXPECT_EQ(only("<xml:b/>").namespace_uri, ns::kXml);
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

}  // namespace
}  // namespace xmpp
