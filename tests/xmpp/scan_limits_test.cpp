// The bounds of the gate.

#include "xmpp/stream_scanner.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/support/scanner_checks.h"

namespace xmpp {
namespace {

using test::expect_refused;
using test::kHeader;
using test::Note;
using test::only;
using test::scan;

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

TEST(ScanLimits, ARefusalNamesTheLimitItsElementWasBegunWith) {
    const ScanLimits limits{.bytes = 300, .depth = 3, .attributes = 4, .elements = 5};
    const ScanLimits others{.bytes = 900, .depth = 9, .attributes = 9, .elements = 9};
    const auto text = [&](std::string_view element) {
        ScanWorkPool pool;
        StreamScanner scanner(pool, limits);
        EXPECT_EQ(scanner.next(kHeader).kind, TokenKind::stream_open);
        EXPECT_EQ(scanner.next(element.substr(0, 1)).kind, TokenKind::need_more);
        scanner.set_limits(others);
        return limit_text(scanner.next(element).refusal);
    };
    EXPECT_EQ(text("<a>" + std::string(300, 'x')), "a stanza may have 300 bytes here");
    EXPECT_EQ(text("<a><a><a><a>"), "a stanza may have elements 3 deep here");
    EXPECT_EQ(text("<a b='' c='' d='' e='' f=''/>"), "a start tag may have 4 attributes here");
    EXPECT_EQ(text("<a>" + repeated("<b/>", 6)), "a stanza may hold 5 elements here");
    EXPECT_EQ(text("<a>" + repeated("<b/>", 5) + "</a>"), "");
    EXPECT_EQ(text("<a>\x02"), "");
    const ScanLimits few{.namespaces = 3};
    ScanWorkPool pool;
    StreamScanner scanner(pool, few);
    ASSERT_EQ(scanner.next(kHeader).kind, TokenKind::stream_open);
    EXPECT_EQ(limit_text(scanner.next("<a xmlns:b='u:b' xmlns:c='u:c' xmlns:d='u:d'/>").refusal),
              "a stanza may have 3 namespace prefixes at once here");
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

}  // namespace
}  // namespace xmpp
