#pragma once
// Holds back new sessions beyond a backend's connect rate: one token bucket per backend. Per worker
// and its thread's only; each worker has an even share of the rate, for the kernel spreads clients
// evenly over the workers' sockets. Time is an argument.

#include <chrono>
#include <cstdint>
#include <unordered_map>

#include "balancer/backend_id.h"
#include "balancer/token_bucket.h"

namespace balancer {

class ConnectRate {
public:
    using TimePoint = TokenBucket::TimePoint;

    /// `workers` share every rate; at least 1.
    explicit ConnectRate(unsigned workers) noexcept : workers_(workers) {}

    /// Whether one more session may go to the backend now. `per_second` is the whole process's
    /// rate, 0 for no limit; another value than before takes effect at once. A bucket holds one
    /// second's share, at least one session.
    bool has_token(BackendId backend, std::uint32_t per_second, TimePoint now);
    /// A session went there, asked for or not (failover asks only once). A bucket may so go into
    /// debt, by no more than it holds.
    void spend(BackendId backend);

private:
    struct Bucket : TokenBucket {
        double capacity;
    };
    unsigned workers_;
    std::unordered_map<BackendId, Bucket> buckets_;  // of backends with a rate
};

}  // namespace balancer
