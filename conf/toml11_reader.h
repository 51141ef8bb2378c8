#pragma once
// The only door to toml11: a text becomes plain nodes, or the first complaint. Its generations 3
// and 4 share a name and little else, so each has a source of its own, and the build takes the one
// that is installed. What both say is made alike here; conf/syntax_error puts it into words. toml11
// throws; no exception leaves this room. Pure; any thread.

#include <optional>
#include <string>

#include "conf/toml11_complaint.h"
#include "conf/toml_node.h"

namespace conf {

/// Reads a text that guard() let pass into `root`. After a complaint nothing of `root` counts.
std::optional<TomlComplaint> read_with_toml11(const std::string& text, TomlNode& root);

/// "toml11 3.7.1", for `stanzagate version`.
std::string toml_library();

}  // namespace conf
