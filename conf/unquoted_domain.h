#pragma once
// Domains without quotes: TOML takes [domain.chat.test] for a table "test" in a table "chat". Pure;
// any thread.

#include <string>
#include <vector>

#include "conf/toml_node.h"

namespace conf {

struct UnquotedDomain {
    std::string name;                 // "chat.test"
    const TomlNode* value = nullptr;  // its table, or the name of its pool
};

/// Those that begin with the key of `domain`, a child of [domain].
std::vector<UnquotedDomain> unquoted_domains(const TomlNode& domain);

}  // namespace conf
