#pragma once
// UTF-8 (RFC 3629) checked as it comes, in pieces of any size. Standard library only. Pure; one
// thread.

#include <cstdint>
#include <string_view>

namespace http {

class Utf8Check {
public:
    /// False as soon as `bytes`, behind all that came before, cannot go on to be UTF-8; then the
    /// check is over.
    bool feed(std::string_view bytes);
    /// No character is cut in two.
    bool is_complete() const { return missing_ == 0; }

private:
    bool begin(std::uint8_t byte);

    // What the next byte of the character must lie between, and how many bytes it lacks.
    std::uint8_t low_ = 0x80;
    std::uint8_t high_ = 0xBF;
    std::uint8_t missing_ = 0;
};

inline bool is_utf8(std::string_view bytes) {
    Utf8Check check;
    return check.feed(bytes) && check.is_complete();
}

}  // namespace http
