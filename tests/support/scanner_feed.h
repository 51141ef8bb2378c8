#pragma once
// Feeds a StreamScanner as a connection would, whole, byte by byte or cut at random places, and
// notes what it says, so that a test can ask for the same notes whatever the cuts.

#include <sanitizer/asan_interface.h>

#include <algorithm>
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

/// The part of a buffer that has not been received: a sanitizer reports every look at it.
class Unreceived {
public:
    explicit Unreceived(std::string_view input) : buffer_(input.begin(), input.end()) {
        ASAN_POISON_MEMORY_REGION(buffer_.data(), buffer_.size());
    }
    ~Unreceived() { ASAN_UNPOISON_MEMORY_REGION(buffer_.data(), buffer_.size()); }
    Unreceived(const Unreceived&) = delete;
    Unreceived& operator=(const Unreceived&) = delete;

    std::string_view receive(std::size_t begin, std::size_t end) {
        ASAN_UNPOISON_MEMORY_REGION(buffer_.data(), end);
        return {buffer_.data() + begin, end - begin};
    }

private:
    std::vector<char> buffer_;
};

/// Feeds `input` and returns the tokens; white space that the cuts split is joined again.
inline std::vector<Note> feed(StreamScanner& scanner, std::string_view input, Cut cut,
                              unsigned seed = 1) {
    std::mt19937 random(seed);
    Unreceived buffer(input);
    std::vector<Note> notes;
    std::size_t start = 0;
    std::size_t received = 0;
    while (received < input.size()) {
        received += std::min(input.size() - received, cut(random));
        for (;;) {
            const std::string_view window = buffer.receive(start, received);
            const Token token = scanner.next(window);
            if (token.kind == TokenKind::need_more) break;
            Note note{token.kind,
                      std::string(window.substr(0, token.size)),
                      std::string(token.local_name),
                      std::string(token.namespace_uri),
                      token.refusal.rule,
                      token.kind == TokenKind::refused ? start + token.refusal.offset : 0};
            start += token.size;
            const bool goes_on = note.kind == TokenKind::whitespace && !notes.empty() &&
                                 notes.back().kind == TokenKind::whitespace;
            if (goes_on) {
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
