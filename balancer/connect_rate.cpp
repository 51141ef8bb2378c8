// Buckets fill when they are asked, so that an unused one costs nothing.

#include "balancer/connect_rate.h"

#include <algorithm>

namespace balancer {

bool ConnectRate::has_token(BackendId backend, std::uint32_t per_second, TimePoint now) {
    if (per_second == 0) {
        if (!buckets_.empty()) buckets_.erase(backend);
        return true;
    }
    const double share = static_cast<double>(per_second) / workers_;
    const double capacity = std::max(share, 1.0);
    const auto [entry, is_first] = buckets_.try_emplace(backend, Bucket{capacity, capacity, now});
    Bucket& bucket = entry->second;
    const double seconds = std::chrono::duration<double>(now - bucket.filled).count();
    bucket.tokens = std::min(bucket.tokens + std::max(seconds, 0.0) * share, capacity);
    bucket.capacity = capacity;
    bucket.filled = now;
    return bucket.tokens >= 1;
}

void ConnectRate::spend(BackendId backend) {
    const auto entry = buckets_.find(backend);
    if (entry == buckets_.end()) return;
    Bucket& bucket = entry->second;
    bucket.tokens = std::max(bucket.tokens - 1, -bucket.capacity);
}

}  // namespace balancer
