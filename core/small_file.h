#pragma once
// Reading files that are small by their nature (keys, certificates), with a bound. Standard library
// and POSIX only; any thread, but it blocks: not for a running loop.

#include <cstddef>
#include <filesystem>
#include <string>

#include "core/result.h"

namespace core {

/// The content of a regular file (or of what a link leads to) of at most `max_bytes`; else what is
/// wrong and what to do, as the end of a sentence that begins with the file's name.
Result<std::string, std::string> read_small_file(const std::filesystem::path& file,
                                                 std::size_t max_bytes);

/// Whether users outside the file's group may read it.
bool others_can_read(const std::filesystem::path& file) noexcept;

}  // namespace core
