#pragma once
// The shape of [pool.NAME], [pool.NAME.health] and [[pool.NAME.backend]]: which keys there are,
// their types, units and ranges. Rules that span fields are conf/check's. One examination, one
// thread.

#include <filesystem>

#include "conf/config.h"
#include "conf/findings.h"
#include "conf/toml_node.h"

namespace conf {

/// The pool that `table` describes; what is wrong with it goes to `findings` and keeps its default.
/// Relative paths start at `folder`.
Pool read_pool(const TomlNode& table, const std::filesystem::path& folder, Findings& findings);

}  // namespace conf
