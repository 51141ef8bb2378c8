#pragma once
// Bytes that nobody can predict, for keys, salts and names. Any thread.

#include <cstddef>
#include <string>

namespace core {

/// From OpenSSL's generator. Throws std::runtime_error when it has none: nothing that needs them
/// is safe then.
std::string random_bytes(std::size_t count);

}  // namespace core
