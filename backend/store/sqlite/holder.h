#pragma once
// Which process keeps a database from the others, for an operator who has to end or to continue it.
// Any thread.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace backend {

/// The process whose lock on the file `inode` lets it alone write to a database, as /proc/locks
/// tells it. None: there is none, or it is not of this pid namespace.
std::optional<std::int64_t> sqlite_writer(std::string_view proc_locks, std::uint64_t inode);

/// Who writes to the database at `path` now, in words; empty: nobody that can be seen.
std::string sqlite_holder(const std::string& path);

}  // namespace backend
