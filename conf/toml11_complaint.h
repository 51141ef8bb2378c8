#pragma once
// What toml11 says of a text that it cannot parse. A plain value; any thread.

#include <cstddef>
#include <optional>
#include <string>

namespace conf {

struct TomlPlace {
    std::size_t line = 1;    // from 1
    std::size_t column = 0;  // bytes, from 0
};

struct TomlComplaint {
    std::string said;        // toml11's own words, with what it writes below the places
    bool is_of_text = true;  // false: the parser itself failed, at no place
    TomlPlace at;
    std::optional<TomlPlace> earlier;  // of two equal names, the first
};

}  // namespace conf
