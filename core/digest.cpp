#include "core/digest.h"

#include <openssl/sha.h>

#include <array>

namespace core {
namespace {

template <std::size_t Size>
std::string digest(std::string_view bytes,
                   unsigned char* (*hash)(const unsigned char*, std::size_t, unsigned char*)) {
    std::array<unsigned char, Size> out{};
    hash(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), out.data());
    return {out.begin(), out.end()};
}

}  // namespace

std::string sha1(std::string_view bytes) {
    return digest<SHA_DIGEST_LENGTH>(bytes, &SHA1);
}

std::string sha256(std::string_view bytes) {
    return digest<SHA256_DIGEST_LENGTH>(bytes, &SHA256);
}

}  // namespace core
