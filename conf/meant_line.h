#pragma once
// What a line that is no TOML probably means: a header with too few brackets or without quotes, a
// key with ":" or nothing in place of "=". For hints alone. Pure; any thread.

#include <string>
#include <string_view>

namespace conf {

/// `[[pool.main.backend]]` for `[pool.main.backend]]`, `[domain."chat.test"]` for
/// `[domain chat.test]`; "" when nothing can be meant.
std::string meant_header(std::string_view line);

/// `tls = "direct"` for `tls: direct`, `[tls]` for `tls:`; "" when nothing can be meant.
std::string meant_assignment(std::string_view line);

}  // namespace conf
