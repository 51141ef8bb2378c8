#include "core/random_bytes.h"

#include <openssl/rand.h>

#include <stdexcept>

namespace core {

std::string random_bytes(std::size_t count) {
    std::string bytes(count, '\0');
    fill_with_random(std::as_writable_bytes(std::span(bytes)));
    return bytes;
}

void fill_with_random(std::span<std::byte> bytes) {
    const auto size = static_cast<int>(bytes.size());
    if (RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()), size) != 1)
        throw std::runtime_error("OpenSSL has no random bytes");
}

}  // namespace core
