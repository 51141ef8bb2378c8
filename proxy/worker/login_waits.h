#pragma once
// The sessions of one worker that wait for a login to be given by their backend
// (balancer/login_lines): who waits where, until when, and whose turn it is. A pure machine: time
// is an argument, sessions are only named; its worker tells them, and looks again in time. Its
// thread only.

#include <chrono>
#include <map>
#include <optional>
#include <set>
#include <unordered_map>
#include <utility>
#include <vector>

#include "balancer/backend_pool.h"
#include "balancer/login_lines.h"
#include "balancer/routing_table.h"
#include "proxy/session/login_turn.h"

namespace proxy {

class Session;

class LoginWaits {
public:
    using TimePoint = balancer::LoginLines::TimePoint;

    /// A full login that would wait for longer is told to come back: its client shows no more than
    /// a progress bar meanwhile. Resumptions may wait as long as their login deadline lets them.
    static constexpr std::chrono::seconds kFullLoginWait{5};
    /// Resumptions that come later go in front, so it may last longer than was expected. After this
    /// time it is told to come back all the same.
    static constexpr std::chrono::seconds kLongestFullLoginWait{10};

    /// `lines` outlives this; `worker` is this one's number.
    LoginWaits(balancer::LoginLines& lines, unsigned worker) : lines_(lines), worker_(worker) {}

    /// `who` does not wait yet, and may be made to wait for `most`.
    LoginTurn ask(Session& who, const balancer::Member& at, balancer::LoginKind kind,
                  std::chrono::milliseconds most, TimePoint now);
    /// Of one that waits.
    void leave(Session& who);

    struct Told {
        Session* who = nullptr;
        LoginTurn what{};
    };
    /// One that waits no more: it has its turn, or it has waited for too long. To be called until
    /// there is none.
    std::optional<Told> next(TimePoint now);
    /// When next() may have something to say, if nothing changes before; max(): nobody waits.
    TimePoint look_at() const noexcept { return look_at_; }

    /// Backends have other states or rates. Gives those that wait at one that is gone or takes them
    /// no more; they wait there no longer.
    std::vector<Session*> use(const balancer::RoutingTable& table);

private:
    struct Waiting {
        balancer::LoginTicket ticket;
        TimePoint until;
    };
    struct Line {
        double rate = 0;  // of the backend
        std::map<balancer::LoginTicket, Session*> waiting;
    };
    /// Its ticket is not in the line of its backend any more.
    void forget(Session& who);

    balancer::LoginLines& lines_;
    unsigned worker_;
    std::map<balancer::BackendId, Line> here_;  // those with somebody
    std::unordered_map<Session*, Waiting> waiting_;
    std::set<std::pair<TimePoint, Session*>> by_end_;  // the same, by `until`
    TimePoint look_at_ = TimePoint::max();
};

}  // namespace proxy
