#pragma once
// TOML to Config. Every problem of a file is found in one run, with its place and what to write
// instead. Exceptions of the parser end here. Any thread; nothing is shared.

#include <filesystem>
#include <string_view>
#include <vector>

#include "conf/check.h"
#include "conf/config.h"
#include "conf/problem.h"

namespace conf {

/// What a file says and what is wrong with it, warnings included, in the order of the file.
/// `config` is whole only when has_errors() is false.
struct Examined {
    Config config;
    std::vector<Problem> problems;

    bool has_errors() const;
};

/// Reads the file and applies every rule: its own, those that span fields, and what the file system
/// says.
Examined examine(const std::filesystem::path& file, KeyFolders folders = KeyFolders::judged);
/// The same for a text, without a look at the file system. `file` is shown in messages; relative
/// paths in the text start at its folder.
Examined examine_text(std::string_view toml, const std::filesystem::path& file);

}  // namespace conf
