#pragma once
// What to do about a key that a table does not know: it is mistyped, stands in the wrong table, or
// is another program's. For hints alone. One examination, one thread.

#include <span>
#include <string>
#include <string_view>

#include "conf/findings.h"
#include "conf/toml_node.h"

namespace conf {

struct UnknownKey {
    const TomlNode& table;  // around it
    std::string_view path;  // of that table, "pool.main"
    const TomlNode& child;
    bool is_table;                            // the child, or an array of tables
    std::span<const std::string_view> known;  // keys of that table
};

/// What to write instead. What was meant is noted, so that nobody says that it is missing
/// (Findings::note_meant).
std::string unknown_key_hint(const UnknownKey& key, Findings& findings);

/// `"a", "b"`
std::string listed(std::span<const std::string_view> words);

}  // namespace conf
