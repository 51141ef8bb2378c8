#pragma once
// The password of a Redis from the file that its URL names. Any thread; reads a file.

#include <filesystem>
#include <string>

#include "backend/redis_address.h"
#include "core/result.h"

namespace backend {

/// The address with the password that stands in its password_file, if it names one: its first line.
/// A relative path starts at `folder`. The error is a sentence that names the file.
core::Result<RedisAddress, std::string> with_password(RedisAddress address,
                                                      const std::filesystem::path& folder);

}  // namespace backend
