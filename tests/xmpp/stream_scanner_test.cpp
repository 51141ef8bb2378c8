// The gate as an object: first-level elements, states, moving windows, what it holds.

#include "xmpp/stream_scanner.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/support/scanner_checks.h"
#include "xmpp/namespaces.h"

namespace xmpp {
namespace {

using test::describe;
using test::expect_refused;
using test::kHeader;
using test::Note;
using test::scan;

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

TEST(StreamScanner, RefusesTextBetweenElements) {
    expect_refused("x", ScanRule::text_between_elements, 0);
    expect_refused("&#32;", ScanRule::text_between_elements, 0);
    expect_refused("<![CDATA[ ]]>", ScanRule::text_between_elements, 0);
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

TEST(StreamScanner, IsSmall) {
    EXPECT_LE(sizeof(StreamScanner), 64U);
}

TEST(StreamScanner, HoldsWorkOnlyWhileATokenIsOpen) {
    ScanWorkPool pool;
    const ScanLimits limits;
    StreamScanner scanner(pool, limits);
    scanner.next(" ");
    EXPECT_EQ(pool.lent(), 0U);
    scanner.next(kHeader.substr(0, 5));
    EXPECT_EQ(pool.lent(), 1U);
    EXPECT_EQ(scanner.next(kHeader).kind, TokenKind::stream_open);
    EXPECT_EQ(pool.lent(), 0U);
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

TEST(StreamScanner, TellsTheDefaultNamespaceOfTheHeader) {
    ScanWorkPool pool;
    const ScanLimits limits;
    StreamScanner scanner(pool, limits);
    EXPECT_EQ(scanner.default_namespace(), "");
    scanner.next(kHeader);
    EXPECT_EQ(scanner.default_namespace(), ns::kClient);
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

TEST(StreamScanner, AwaitsTheHeaderOfEachStream) {
    ScanWorkPool pool;
    const ScanLimits limits;
    StreamScanner scanner(pool, limits);
    EXPECT_TRUE(scanner.awaits_header());
    scanner.next("\n");
    scanner.next("<stream:");
    EXPECT_TRUE(scanner.awaits_header());
    scanner.next(kHeader);
    EXPECT_FALSE(scanner.awaits_header());
    scanner.next("</stream:stream>");
    EXPECT_FALSE(scanner.awaits_header());

    scanner.restart();

    EXPECT_EQ(scanner.next("\n").kind, TokenKind::whitespace);
    EXPECT_TRUE(scanner.awaits_header());
    EXPECT_EQ(scanner.next("<?xml version='1.0'?>" + std::string(kHeader)).kind,
              TokenKind::stream_open);
    EXPECT_FALSE(scanner.awaits_header());
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
