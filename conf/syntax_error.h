#pragma once
// What toml11 says of a text that it cannot parse, in words for the operator: where, what, and what
// to write instead. It knows toml11's sentences and drawings, not its types. Pure; any thread.

#include <string>
#include <string_view>

#include "conf/findings.h"
#include "conf/toml11_complaint.h"

namespace conf {

struct SyntaxError {
    Span place;
    std::string what;
    std::string hint;
    bool may_go_on = false;  // is what cannot be read limited to its line or section?
};

SyntaxError explain_syntax_error(const TomlComplaint& complaint, std::string_view text);

}  // namespace conf
