#pragma once
// The members of one pool as an immutable snapshot: how to reach them, their limits, their state,
// and the tiers that picks go through. A change of state shares all but the state with the snapshot
// before it and keeps ids and places. Any thread.

#include <cstdint>
#include <memory>
#include <vector>

#include "balancer/backend_id.h"
#include "balancer/backend_ids.h"
#include "balancer/member_state.h"
#include "balancer/owner.h"
#include "balancer/rendezvous.h"
#include "conf/config.h"

namespace balancer {

struct Member {
    BackendId id;
    std::uint32_t weight = 0;                // effective, of `state`; 0: no new sessions
    std::uint32_t max_sessions = 0;          // 0: no limit
    std::uint32_t connect_rate = 0;          // new sessions a second in the process; 0: no limit
    double login_rate = 0;                   // logins a second, of `state`; 0: no limit
    std::uint32_t priority = 0;              // lower is better
    std::uint64_t name_hash = 0;             // the same in every process
    Owner owner;                             // of its sessions
    MemberState state;                       // what the effective weight came from
    const conf::Backend* backend = nullptr;  // never null; lives as long as the pool

    bool has_room(std::uint32_t sessions) const noexcept {
        return max_sessions == 0 || sessions < max_sessions;
    }
};

/// The members of one priority that have an effective weight, prepared for picks.
struct Tier {
    std::uint32_t priority = 0;
    BackendId turns_at;  // the first member of this priority, taken or not: LoadBoard::take_turn()
    std::vector<std::uint32_t> members;      // places in BackendPool::members(), rising
    std::vector<std::uint64_t> weight_sums;  // of members 0 to i
    std::shared_ptr<const Homes> homes;      // into members; null unless a hash policy needs it

    std::uint64_t total_weight() const noexcept { return weight_sums.back(); }
    /// The member (its place in the pool) at which a running total of the weights passes `point`,
    /// for weighted draws in O(log n). `point` is below total_weight().
    std::uint32_t member_at_weight(std::uint64_t point) const noexcept;
};

class BackendPool {
public:
    /// All members ready, of unknown health and at their configured weight. Null when the ids have
    /// run out.
    static std::shared_ptr<const BackendPool> make(const conf::Pool& pool, BackendIds& ids);
    /// The same pool with other states, one per member in order.
    std::shared_ptr<const BackendPool> with_states(const std::vector<MemberState>& states) const;
    std::vector<MemberState> states() const;

    /// As configured; the backends as DNS completed them (balancer/srv_members.h).
    const conf::Pool& settings() const noexcept { return *settings_; }
    /// All members in the order of the configuration.
    const std::vector<Member>& members() const noexcept { return members_; }
    /// Best first; none of them is empty. No tier at all: no member takes new sessions.
    const std::vector<Tier>& tiers() const noexcept { return tiers_; }
    /// Places of members that are in no tier for their health alone: a last resort, and none where
    /// health is never ignored (a panic of 0).
    const std::vector<std::uint32_t>& last_resort() const noexcept { return last_resort_; }
    /// Whether so few wanted members are healthy that health is ignored (conf::Pool::panic).
    bool is_panicking() const noexcept { return is_panicking_; }
    /// Whether both have the same members at the same places and the same policy, so that what a
    /// policy remembers about places still fits.
    bool has_shape_of(const BackendPool& other) const noexcept;
    /// Another number for every snapshot of this process, never 0: a policy knows by it that what
    /// it has prepared still fits.
    std::uint64_t generation() const noexcept { return generation_; }

    BackendPool& operator=(const BackendPool&) = delete;

private:
    BackendPool() = default;
    BackendPool(const BackendPool&) = default;
    void prepare();
    void make_homes_for(Tier& tier, const std::vector<Tier>& before) const;

    std::shared_ptr<const conf::Pool> settings_;
    std::vector<Member> members_;
    std::vector<Tier> tiers_;
    std::vector<std::uint32_t> last_resort_;
    bool is_panicking_ = false;
    std::uint64_t generation_ = 0;
};

}  // namespace balancer
