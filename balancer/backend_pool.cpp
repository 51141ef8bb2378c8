// Copies a pool's configuration and prepares it for weighted draws.

#include "balancer/backend_pool.h"

#include <algorithm>
#include <cassert>

namespace balancer {

std::optional<BackendId> BackendIds::id_of(std::string_view pool, std::string_view backend) {
    const auto next = static_cast<std::uint32_t>(ids_.size());
    std::pair<std::string, std::string> name(pool, backend);
    if (const auto known = ids_.find(name); known != ids_.end()) return known->second;
    if (next == kMaxBackends) return std::nullopt;
    return ids_.emplace(std::move(name), BackendId(next)).first->second;
}

std::shared_ptr<const BackendPool> BackendPool::make(const conf::Pool& pool, BackendIds& ids) {
    std::shared_ptr<BackendPool> made(new BackendPool(pool));
    std::uint64_t sum = 0;
    for (const conf::Backend& backend : made->settings_.backends) {
        const std::optional<BackendId> id = ids.id_of(pool.name, backend.name);
        if (!id) return nullptr;
        made->members_.push_back({*id, backend.weight, backend.max_sessions, &backend});
        sum += backend.weight;
        made->weight_sums_.push_back(sum);
    }
    return made;
}

std::uint32_t BackendPool::member_at_weight(std::uint64_t point) const noexcept {
    assert(point < total_weight());
    const auto passed = std::upper_bound(weight_sums_.begin(), weight_sums_.end(), point);
    return static_cast<std::uint32_t>(passed - weight_sums_.begin());
}

}  // namespace balancer
