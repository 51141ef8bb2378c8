#pragma once
// What a StreamScanner says to one input, the same for every cut, and whether that is right.

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "tests/support/scanner_feed.h"

namespace xmpp::test {

inline constexpr std::string_view kHeader =
    "<stream:stream to='capulet.example' version='1.0' xmlns='jabber:client' "
    "xmlns:stream='http://etherx.jabber.org/streams'>";

inline std::string describe(const std::vector<Note>& notes) {
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
inline std::vector<Note> scan(std::string_view input, const ScanLimits& limits = {},
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
inline Note only(std::string_view input, const ScanLimits& limits = {}) {
    const std::vector<Note> notes = scan(input, limits);
    if (notes.size() != 2) {
        ADD_FAILURE() << "not one token: " << input.substr(0, 300) << " gives " << describe(notes);
        return {};
    }
    return notes[1];
}

inline void expect_element(std::string_view input) {
    const Note note = only(input);
    EXPECT_EQ(note.kind, TokenKind::element) << input << ": " << to_string(note.rule);
    EXPECT_EQ(note.bytes, input);
}

/// `input` is refused, at the byte of it that `at` counts.
inline void expect_refused(std::string_view input, ScanRule rule, std::size_t at,
                           const ScanLimits& limits = {}) {
    const Note note = only(input, limits);
    EXPECT_EQ(note.kind, TokenKind::refused) << input.substr(0, 300);
    EXPECT_EQ(to_string(note.rule), to_string(rule)) << input.substr(0, 300);
    EXPECT_EQ(note.offset, kHeader.size() + at) << input.substr(0, 300);
}

/// `input` is refused as the beginning of a stream.
inline void expect_header_refused(std::string_view input, ScanRule rule, std::size_t at) {
    const std::vector<Note> notes = scan(input, {}, "");
    ASSERT_FALSE(notes.empty()) << input;
    EXPECT_EQ(notes.back().kind, TokenKind::refused) << input;
    EXPECT_EQ(to_string(notes.back().rule), to_string(rule)) << input;
    EXPECT_EQ(notes.back().offset, at) << input;
}

}  // namespace xmpp::test
