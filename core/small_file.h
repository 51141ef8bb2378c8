#pragma once
// Files that are small by their nature (keys, certificates, state): read with a bound, written in
// one step. Standard library and POSIX only; any thread, but it blocks: not for a running loop.

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

#include "core/result.h"

namespace core {

/// The content of a regular file (or of what a link leads to) of at most `max_bytes`; else what is
/// wrong and what to do, as the end of a sentence that begins with the file's name.
Result<std::string, std::string> read_small_file(const std::filesystem::path& file,
                                                 std::size_t max_bytes);

/// Replaces the file's content in one step: `content` is written to FILE.new, synced and renamed.
/// Whatever happens meanwhile, the file holds all of `content` or all that it held before; an error
/// means the latter. Only its owner may read it (0600), or those who may read what was there.
enum class Readers : bool { owner_alone, as_before };
Result<void, std::string> replace_small_file(const std::filesystem::path& file,
                                             std::string_view content,
                                             Readers readers = Readers::owner_alone);

/// Whether users outside the file's group may read it.
bool others_can_read(const std::filesystem::path& file) noexcept;

}  // namespace core
