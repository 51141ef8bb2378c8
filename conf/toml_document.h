#pragma once
// A TOML text becomes a tree of nodes, whatever is wrong with some of its lines. conf/toml11_reader
// is the door to the parser. Pure; any thread.

#include <string_view>

#include "conf/findings.h"
#include "conf/toml_node.h"

namespace conf {

/// Parses a text that guard() let pass. Syntax errors go to `findings`, several of them in one run:
/// a line (or section) that cannot be read is skipped, and the rest is read as if it were not
/// there; then findings.is_complete() is false. It says nothing of loose values: the readers of
/// their keys find a value of the wrong kind. Returns the table of what could be read.
TomlNode parse_toml(std::string_view text, Findings& findings);

}  // namespace conf
