#pragma once
// What an operator wrote, and all that `check` says of it.

#include <string>

#include "conf/load_nodes.h"
#include "tests/support/load_text.h"

namespace conf::test {

struct Row {
    std::string written;
    std::string told;  // all of it
};

/// Said of a line in the backend "a", from its place on line 11.
inline std::string of_backend(const std::string& line) {
    return pool_problems(kBackend + line + "\n");
}

inline std::string of_node(const std::string& from, const std::string& to) {
    const std::string smallest =
        "version = 1\n[node]\nname = \"n1\"\nlisten = \"127.0.0.1:15222\"\ndomains = "
        "[\"example.org\"]\n[store]\nurl = \"sqlite:state.db\"\n";
    return shown(examine_nodes_text(replaced(smallest, from, to), "f").problems);
}

}  // namespace conf::test
