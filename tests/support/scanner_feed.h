#pragma once
// Feeds a StreamScanner as a connection would, whole, byte by byte or cut at random places, and
// notes what it says, so that a test can ask for the same notes whatever the cuts.

#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "xmpp/stream_scanner.h"

namespace xmpp::test {

/// One token as the caller sees it, with its place in the whole input.
struct Note {
    TokenKind kind = TokenKind::need_more;
    std::string bytes;
    std::string local_name;
    std::string namespace_uri;
    ScanRule rule = ScanRule::none;
    std::size_t offset = 0;  // of the refusal, from the start of the input

    bool operator==(const Note&) const = default;
};

/// How many bytes the next read brings.
using Cut = std::size_t (*)(std::mt19937& random);
inline std::size_t all_at_once(std::mt19937&) {
    return SIZE_MAX;
}
inline std::size_t byte_by_byte(std::mt19937&) {
    return 1;
}
inline std::size_t at_random(std::mt19937& random) {
    return random() % 4 == 0 ? random() % 100 : random() % 7;
}

/// Feeds `input` and returns the tokens; white space that the cuts split is joined again. Each read
/// is put into fresh memory of exactly its size, so that a sanitizer sees a look beyond the window.
inline std::vector<Note> feed(StreamScanner& scanner, std::string_view input, Cut cut,
                              unsigned seed = 1) {
    std::mt19937 random(seed);
    std::vector<Note> notes;
    std::size_t start = 0;
    std::size_t received = 0;
    while (received < input.size()) {
        received += std::min(input.size() - received, cut(random));
        for (;;) {
            const std::string_view window_bytes = input.substr(start, received - start);
            const std::vector<char> window(window_bytes.begin(), window_bytes.end());
            const Token token = scanner.next({window.data(), window.size()});
            if (token.kind == TokenKind::need_more) break;
            Note note{token.kind,
                      std::string(window_bytes.substr(0, token.size)),
                      std::string(token.local_name),
                      std::string(token.namespace_uri),
                      token.refusal.rule,
                      token.kind == TokenKind::refused ? start + token.refusal.offset : 0};
            start += token.size;
            if (note.kind == TokenKind::whitespace && !notes.empty() &&
                notes.back().kind == TokenKind::whitespace) {
                notes.back().bytes += note.bytes;
            } else {
                notes.push_back(std::move(note));
            }
            if (token.kind == TokenKind::refused) return notes;
        }
    }
    return notes;
}

}  // namespace xmpp::test
