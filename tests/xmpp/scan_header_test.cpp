// The gate at the header of a stream.

#include "xmpp/stream_scanner.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/support/scanner_checks.h"
#include "xmpp/namespaces.h"

namespace xmpp {
namespace {

using test::describe;
using test::expect_header_refused;
using test::kHeader;
using test::Note;
using test::scan;

TEST(StreamScanner, GivesWhiteSpaceBeforeAHeaderOfItsOwn) {
    const std::vector<Note> notes = scan("", {}, "\n " + std::string(kHeader));
    ASSERT_EQ(notes.size(), 2U);
    EXPECT_EQ(notes[0].kind, TokenKind::whitespace);
    EXPECT_EQ(notes[1].bytes, kHeader);
}

TEST(StreamScanner, TakesTheXmlDeclarationWithTheHeader) {
    for (const std::string_view declaration :
         {"<?xml version='1.0'?>", "<?xml version=\"1.0\" encoding='utf-8' standalone='yes' ?>\r\n",
          "<?xml\tversion = '1.1' encoding=\"UTF-8\"?> ", "<?xml version='1.0' standalone='no'?>",
          "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"no\"?>",
          "<?xml version = '1.0'\nencoding\t=\r\n\"utf-8\"  standalone = 'no'\n?>\n"}) {
        const std::string bytes = std::string(declaration) + std::string(kHeader);
        const std::vector<Note> notes = scan("", {}, bytes);
        ASSERT_EQ(notes.size(), 1U) << describe(notes);
        EXPECT_EQ(notes[0].kind, TokenKind::stream_open);
        EXPECT_EQ(notes[0].bytes, bytes);
    }
}

TEST(StreamScanner, RefusesAnotherEncoding) {
    expect_header_refused("<?xml version='1.0' encoding='ISO-8859-1'?>", ScanRule::encoding, 20);
    expect_header_refused("<?xml version='1.0' encoding='UTF-16'?>", ScanRule::encoding, 20);
}

TEST(StreamScanner, RefusesABrokenXmlDeclaration) {
    expect_header_refused("<?xml version='2.0'?>", ScanRule::xml_declaration, 6);
    expect_header_refused("<?xml version='1.'?>", ScanRule::xml_declaration, 6);
    expect_header_refused("<?xml encoding='UTF-8'?>", ScanRule::xml_declaration, 6);
    expect_header_refused("<?xml version='1.0' standalone='maybe'?>", ScanRule::xml_declaration,
                          20);
    expect_header_refused("<?xml version='1.0' standalone='NO'?>", ScanRule::xml_declaration, 20);
    expect_header_refused("<?xml version='1.0' standalone=''?>", ScanRule::xml_declaration, 20);
    expect_header_refused("<?xml standalone='no'?>", ScanRule::xml_declaration, 6);
    expect_header_refused("<?xml version='1.0' standalone='no' standalone='no'?>",
                          ScanRule::xml_declaration, 36);
    expect_header_refused("<?xml version='1.0' standalone='no' encoding='UTF-8'?>",
                          ScanRule::xml_declaration, 36);
    expect_header_refused("<?xml version='1.0' standalone='yes' encoding='UTF-8'?>",
                          ScanRule::xml_declaration, 37);
    expect_header_refused("<?xml version='1.0' version='1.0'?>", ScanRule::xml_declaration, 20);
    expect_header_refused("<?xml ?>", ScanRule::xml_declaration, 0);
    expect_header_refused("<?xml version='1.0'>", ScanRule::syntax, 19);
    expect_header_refused("<?xml version='1.0'encoding='UTF-8'?>", ScanRule::syntax, 19);
    expect_header_refused("<?xml version='1.0'?x", ScanRule::syntax, 20);
    expect_header_refused("<?xml version='1.0'/>", ScanRule::syntax, 19);
}

TEST(StreamScanner, TakesWhiteSpaceBeforeTheXmlDeclarationForATokenOfItsOwn) {
    const std::string opening = "<?xml version='1.0'?>\n" + std::string(kHeader);
    const std::vector<Note> notes = scan("<a/>", {}, "\r\n\t " + opening);
    ASSERT_EQ(notes.size(), 3U) << describe(notes);
    EXPECT_EQ(notes[0].kind, TokenKind::whitespace);
    EXPECT_EQ(notes[1].kind, TokenKind::stream_open);
    EXPECT_EQ(notes[1].bytes, opening);
}

TEST(StreamScanner, RefusesWhatIsNoXmlDeclarationBehindWhiteSpace) {
    expect_header_refused(" <?php version='1.0'?>", ScanRule::processing_instruction, 1);
    expect_header_refused(" <?xml version='2.0'?>", ScanRule::xml_declaration, 7);
}

TEST(StreamScanner, RefusesASecondXmlDeclaration) {
    expect_header_refused("\n<?xml version='1.0'?>\n<?xml version='1.0'?>",
                          ScanRule::processing_instruction, 23);
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

}  // namespace
}  // namespace xmpp
