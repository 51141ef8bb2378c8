#pragma once
// The shape of [web] and [[web.forward]]: which keys there are, their types, units and ranges.
// Rules that span fields are conf/check's. One examination, one thread.

#include <filesystem>

#include "conf/config.h"
#include "conf/findings.h"
#include "conf/toml_node.h"

namespace conf {

/// What `table` says of the web front; what is wrong with it goes to `findings` and keeps its
/// default. Relative paths start at `folder`.
Web read_web(const TomlNode& table, const std::filesystem::path& folder, Findings& findings);

}  // namespace conf
