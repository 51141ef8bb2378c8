#pragma once
// TOML text as a tree of plain nodes with their places. Values; any thread.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "conf/findings.h"

namespace conf {

struct TomlNode {
    /// `loose` is a value that TOML does not take; its text is what stands there
    /// (conf/loose_value).
    enum class Kind : std::uint8_t {
        table,
        array,
        string,
        integer,
        floating,
        boolean,
        date,
        loose
    };

    Kind kind = Kind::table;
    std::string key;   // its name in the table around it; empty for elements of arrays
    Span key_place;    // of the key; for elements of arrays the value's
    Span place;        // of the value; for [tables] of the header
    std::string text;  // of a string or a loose value
    std::int64_t integer = 0;
    bool boolean = false;
    std::vector<TomlNode> children;  // of tables and arrays, in the order of the file

    const TomlNode* find(std::string_view name) const;
};

const char* to_string(TomlNode::Kind kind) noexcept;  // "a table", "text", ...

}  // namespace conf
