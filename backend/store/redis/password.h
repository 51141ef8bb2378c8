#pragma once
// The passwords of a Redis and of its sentinels from the files that its URL names. Any thread;
// reads files.

#include <filesystem>
#include <string>

#include "backend/store/redis/address.h"
#include "core/result.h"

namespace backend {

/// The address with the passwords that stand in its password_file and its sentinel_password_file,
/// if it names them: the first line of each. Relative paths start at `folder`. The error is a
/// sentence that names the file.
core::Result<RedisAddress, std::string> with_password(RedisAddress address,
                                                      const std::filesystem::path& folder);

}  // namespace backend
