#include "core/tls_server_name.h"

#include <openssl/tls1.h>

#include <string_view>

#include "core/ascii.h"

namespace core {

std::optional<std::string> server_name(std::span<const unsigned char> extension) {
    constexpr std::size_t kHead = 5;  // list length (2), name type (1), name length (2)
    if (extension.size() < kHead) return std::nullopt;
    const std::size_t list = static_cast<std::size_t>(extension[0]) << 8 | extension[1];
    const std::size_t name = static_cast<std::size_t>(extension[3]) << 8 | extension[4];
    if (list + 2 != extension.size() || extension[2] != TLSEXT_NAMETYPE_host_name)
        return std::nullopt;
    if (name + kHead != extension.size() || name == 0 || name > TLSEXT_MAXLEN_host_name)
        return std::nullopt;
    return ascii_lower({reinterpret_cast<const char*>(extension.data()) + kHead, name});
}

}  // namespace core
