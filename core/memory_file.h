#pragma once
// Bytes that another process of ours is to read, without a place in the file system (memfd). Any
// thread.

#include <cstddef>
#include <string>
#include <string_view>

#include "core/handle.h"
#include "core/result.h"

namespace core {

/// A descriptor that holds them, close-on-exec; or errno.
Result<Fd, int> memory_file(std::string_view bytes);
/// All of one, at most so many bytes; or errno (EFBIG: it holds more).
Result<std::string, int> read_memory_file(int fd, std::size_t most);

}  // namespace core
