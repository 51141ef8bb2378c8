#pragma once
// Digests, for what is named by its contents. Pure; any thread.

#include <string>
#include <string_view>

namespace core {

std::string sha1(std::string_view bytes);    // 20 raw bytes
std::string sha256(std::string_view bytes);  // 32 raw bytes

}  // namespace core
