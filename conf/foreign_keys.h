#pragma once
// Keys of other programs, and what they are called here: "port" and "server" of a backend, "cert"
// and "key" of a listener. For hints alone. Pure; any thread.

#include <optional>
#include <string>
#include <string_view>

#include "conf/toml_node.h"

namespace conf {

struct ForeignKey {
    std::string key;   // of the same table that is meant; "": none of it
    std::string hint;  // what to write
};

/// What is meant by `child`, a key that the table at `path` ("listen[0]", "pool.main.backend[1]")
/// does not know.
std::optional<ForeignKey> foreign_key(std::string_view path, const TomlNode& table,
                                      const TomlNode& child);

}  // namespace conf
