#pragma once
// Bytes as hexadecimal digits. Pure; any thread.

#include <string>
#include <string_view>

namespace core {

/// Two digits for each byte, in lower case.
std::string hex(std::string_view bytes);

}  // namespace core
