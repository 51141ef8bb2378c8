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
    Bucket& bucket = buckets_.try_emplace(backend, Bucket{{capacity, now}, capacity}).first->second;
    bucket.fill(share, capacity, now);
    bucket.capacity = capacity;
    return bucket.tokens >= 1;
}

void ConnectRate::spend(BackendId backend) {
    const auto entry = buckets_.find(backend);
    if (entry == buckets_.end()) return;
    Bucket& bucket = entry->second;
    bucket.tokens = std::max(bucket.tokens - 1, -bucket.capacity);
}

}  // namespace balancer
