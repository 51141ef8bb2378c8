#pragma once
// What toml11 says of a text that it cannot parse, in words for the operator: where, what, and what
// to write instead. It knows toml11's sentences and drawings, not its types. Pure; any thread.

#include <cstddef>
#include <string>
#include <string_view>

#include "conf/findings.h"

namespace conf {

struct SyntaxError {
    Span place;
    std::string what;
    std::string hint;
    bool may_go_on = false;  // is what cannot be read limited to its line or section?
};

/// `drawing` is what() of the exception. `line_number` (from 1) and `column` (bytes, from 0) are
/// where it says to have been thrown; they count when the drawing shows no place.
SyntaxError explain_syntax_error(const std::string& drawing, std::size_t line_number,
                                 std::size_t column, std::string_view text);

}  // namespace conf
