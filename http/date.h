#pragma once
// The Date field (RFC 9110 section 5.6.7). Pure; one thread.

#include <array>
#include <ctime>
#include <string_view>

namespace http {

/// "Sun, 06 Nov 1994 08:49:37 GMT". Kept for the second that it names, for a busy worker answers
/// many times in each.
class DateText {
public:
    /// The text of `now`; valid until the next call.
    std::string_view at(std::time_t now);

private:
    static constexpr std::size_t kBytes = 29;

    std::array<char, kBytes + 1> text_{};
    std::time_t second_ = -1;
};

}  // namespace http
