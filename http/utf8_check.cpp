#include "http/utf8_check.h"

#include <cstring>

namespace http {
namespace {

constexpr std::uint64_t kHighBits = 0x8080808080808080;

/// The first byte that is not ASCII, or `end`.
const char* skip_ascii(const char* p, const char* end) {
    while (end - p >= 8) {
        std::uint64_t word;
        std::memcpy(&word, p, sizeof word);
        if ((word & kHighBits) != 0) break;
        p += 8;
    }
    while (p < end && static_cast<signed char>(*p) >= 0) ++p;
    return p;
}

}  // namespace

bool Utf8Check::feed(std::string_view bytes) {
    const char* p = bytes.data();
    const char* const end = p + bytes.size();
    while (true) {
        if (missing_ == 0) p = skip_ascii(p, end);
        if (p == end) return true;
        const auto byte = static_cast<std::uint8_t>(*p++);
        if (missing_ == 0) {
            if (!begin(byte)) return false;
            continue;
        }
        if (byte < low_ || byte > high_) return false;
        low_ = 0x80;
        high_ = 0xBF;
        --missing_;
    }
}

/// Takes the first byte of a character that is not ASCII. Of the second byte, the bounds keep out
/// overlong forms, surrogates and what lies above U+10FFFF.
bool Utf8Check::begin(std::uint8_t byte) {
    if (byte < 0xC2 || byte > 0xF4) return false;
    missing_ = byte < 0xE0 ? 1 : byte < 0xF0 ? 2 : 3;
    low_ = byte == 0xE0 ? 0xA0 : byte == 0xF0 ? 0x90 : 0x80;
    high_ = byte == 0xED ? 0x9F : byte == 0xF4 ? 0x8F : 0xBF;
    return true;
}

}  // namespace http
