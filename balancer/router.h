#pragma once
// The one entry of this folder: from what is known of a session to the backends it may try, best
// first. One Router per worker; its worker's thread only.

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "balancer/candidates.h"
#include "balancer/connect_rate.h"
#include "balancer/failure_memory.h"
#include "balancer/load_board.h"
#include "balancer/login_kind.h"
#include "balancer/policy.h"
#include "balancer/routing_key.h"
#include "balancer/routing_table.h"
#include "core/result.h"

namespace balancer {

enum class RouteFailure : std::uint8_t {
    unknown_domain,  // no pool serves it
    no_backend,      // no member of the pool takes new sessions: weight 0, drained, or down
    all_full,        // all that do are at max_sessions or above their connect rate
};
std::string_view to_string(RouteFailure why);

class Router {
public:
    using TimePoint = FailureMemory::TimePoint;

    /// `board` must outlive the router and every slot; `worker` (from 0) is this worker's row of
    /// it.
    Router(std::shared_ptr<const RoutingTable> table, LoadBoard& board, unsigned worker,
           std::uint64_t seed);

    /// The backends to try, in order; never empty. Nothing is counted yet: take() does that. The
    /// owner of a session that may be resumed comes first, whatever the policy says: also in drain,
    /// at weight 0, at max_sessions, above its connect rate. It does not in maintenance, nor when
    /// it is known to be down or has just failed. Behind it comes the one that has granted the
    /// login a turn, as long as it is open. Where the pool has a login rate and its policy may send
    /// a client anywhere, the member of the same priority is first at which the login waits least.
    core::Result<Candidates, RouteFailure> route(const RoutingKey& key, TimePoint now);
    /// What a login of this key asks of the member of the pool.
    static LoginKind kind_at(const BackendPool& pool, const Member& member, const RoutingKey& key);

    /// The pool that serves the domain, as it is now; null when none does.
    const BackendPool* pool_of(std::string_view domain) const;

    /// Counts a session at the member from now until the slot ends. Take it before connecting, so
    /// that logins under way count too; drop it when the connection fails.
    SessionSlot take(const Member& member) {
        rates_.spend(member.id);
        return board_.take(worker_, member.id);
    }
    // Of candidates but the first one, which has given the login a turn.
    /// Has the member one to give?
    bool has_login_to_give(const Member& member, TimePoint now) {
        return board_.login_lines().could_now(member.id, member.login_rate, LoginKind::full, now);
    }
    /// The same, and it is spent.
    bool may_go_on_to(const Member& member, TimePoint now) {
        return board_.login_lines().try_now(member.id, member.login_rate, LoginKind::full, now);
    }
    /// The backend could not be reached: it is tried last for a while.
    void note_failure(const Member& member, TimePoint now) {
        failures_.note_failure(member.id, now);
    }
    void note_success(const Member& member) { failures_.note_success(member.id); }
    /// A login got through there; for the backend's count of them.
    void note_login(BackendId backend) { board_.count_login(worker_, backend); }

    /// A new configuration, or new states of its pools. Sessions, slots and Candidates of the old
    /// one stay valid; what is known of failures stays known, and pools that only changed their
    /// states keep their turns.
    void replace_table(std::shared_ptr<const RoutingTable> table);

    /// Where a session's owner stands among the members of its pool, if it may be asked for it.
    static std::optional<std::uint32_t> place_of_owner(const BackendPool& pool,
                                                       const RoutingKey& key);

private:
    void prefer_least_wait(Candidates& candidates, const RoutingKey& key, TimePoint now);

    std::shared_ptr<const RoutingTable> table_;
    std::vector<Policy> policies_;  // by PoolIndex
    FailureMemory failures_;
    ConnectRate rates_;
    LoadBoard& board_;
    unsigned worker_;
    Random seeds_;
};

}  // namespace balancer
