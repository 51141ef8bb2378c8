#pragma once
// toml11 4 complains in other sentences than toml11 3, and often at another place of the same flaw.
// Here its words become those of 3, which conf/syntax_error knows. Pure, and built with either
// generation; any thread.

#include <string_view>

#include "conf/toml11_complaint.h"

namespace conf {

/// `theirs` has the words and places of toml11 4: the title, and in lines of their own what stands
/// below each place. Returns what toml11 3 says of such a text, at the place where the operator has
/// to look. A sentence that is not known stays as it is.
TomlComplaint as_toml11_3_says(TomlComplaint theirs, std::string_view text);

}  // namespace conf
