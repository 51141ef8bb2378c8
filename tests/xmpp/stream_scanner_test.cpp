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

TEST(StreamScanner, RefusesCommentInsideStanza) {
    expect_refused("<message><!-- hi --></message>", ScanRule::comment, 9);
}

}  // namespace
}  // namespace xmpp
