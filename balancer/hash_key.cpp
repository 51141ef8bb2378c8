// One letter in front tells the kinds apart, so that a user named like an address is not its twin.

#include "balancer/hash_key.h"

#include <string>

namespace balancer {
namespace {

constexpr std::size_t kIpv6PrefixBytes = 8;

std::uint64_t hash_of(char kind, std::string_view bytes) {
    std::string text(1, kind);
    text += bytes;
    return core::siphash(kHashKey, text);
}

}  // namespace

std::uint64_t hash_of_user(std::string_view bare_jid) {
    return hash_of('u', bare_jid);
}

std::uint64_t hash_of_client(const core::Endpoint& client) {
    if (client.is_v4()) return hash_of('4', client.address_bytes());
    return hash_of('6', client.address_bytes().substr(0, kIpv6PrefixBytes));
}

std::uint64_t hash_of_word(std::string_view word) {
    return hash_of('w', word);
}

std::uint64_t hash_of_backend(std::string_view name) {
    return hash_of('b', name);
}

}  // namespace balancer
