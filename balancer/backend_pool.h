#pragma once
// The members of one pool as an immutable snapshot: weights, limits, how to reach them. A change of
// weights or members (reload, and later SRV and drain) makes a new snapshot. Any thread.

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "balancer/backend_id.h"
#include "conf/config.h"

namespace balancer {

/// Gives each pool's backend its id and keeps it over reloads. Owned by the thread that loads the
/// configuration; never shared.
class BackendIds {
public:
    /// The id of a backend, a new one at the first meeting; nullopt when kMaxBackends are given
    /// out.
    std::optional<BackendId> id_of(std::string_view pool, std::string_view backend);

private:
    std::map<std::pair<std::string, std::string>, BackendId> ids_;
};

struct Member {
    BackendId id;
    std::uint32_t weight = 0;                // 0: no new sessions
    std::uint32_t max_sessions = 0;          // 0: no limit
    const conf::Backend* backend = nullptr;  // never null; lives as long as the pool

    bool has_room(std::uint32_t sessions) const noexcept {
        return max_sessions == 0 || sessions < max_sessions;
    }
};

class BackendPool {
public:
    /// Null when the ids have run out.
    static std::shared_ptr<const BackendPool> make(const conf::Pool& pool, BackendIds& ids);

    /// Name, balance and timeouts as configured.
    const conf::Pool& settings() const noexcept { return settings_; }
    /// All members in the order of the configuration.
    const std::vector<Member>& members() const noexcept { return members_; }
    /// The member at which a running total of the weights passes `point`, for weighted draws in
    /// O(log n). `point` is below total_weight().
    std::uint32_t member_at_weight(std::uint64_t point) const noexcept;
    std::uint64_t total_weight() const noexcept {
        return weight_sums_.empty() ? 0 : weight_sums_.back();
    }

    BackendPool(const BackendPool&) = delete;
    BackendPool& operator=(const BackendPool&) = delete;

private:
    explicit BackendPool(const conf::Pool& pool) : settings_(pool) {}

    conf::Pool settings_;
    std::vector<Member> members_;
    std::vector<std::uint64_t> weight_sums_;  // of members 0 to i
};

}  // namespace balancer
