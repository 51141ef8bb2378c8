#include "balancer/owner.h"

#include <string>

#include "balancer/hash_key.h"

namespace balancer {

Owner owner_of(std::string_view pool, std::string_view backend) {
    // No name holds a NUL, so no two pairs are the same text.
    std::string both(pool);
    both.append(1, '\0').append(backend);
    const std::uint64_t hash = hash_of_backend(both) >> (64 - kOwnerBits);
    return Owner(hash == 0 ? 1 : hash);
}

}  // namespace balancer
