#pragma once
// TOML to NodeConfig, for stanzanode. Problems are found and told as conf/load does for stanzagate.
// Any thread; nothing is shared.

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "conf/node_config.h"
#include "conf/problem.h"
#include "core/result.h"

namespace conf {

/// What a file says and what is wrong with it, in the order of the file. `config` is whole only
/// when has_errors() is false.
struct ExaminedNodes {
    NodeConfig config;
    std::vector<Problem> problems;

    bool has_errors() const;
};

/// Says what is wrong with a store's URL: nothing, or the end of a sentence that begins with the
/// key. Given by a caller that knows the engine.
using StoreRule = std::function<core::Result<void, std::string>(const StoreUrl&)>;

/// Reads the file and applies every rule, those about the file system included.
ExaminedNodes examine_nodes(const std::filesystem::path& file, const StoreRule& rule = {});
/// The same for a text, without a look at the file system. `file` is shown in messages; relative
/// paths in the text start at its folder.
ExaminedNodes examine_nodes_text(std::string_view toml, const std::filesystem::path& file);

}  // namespace conf
