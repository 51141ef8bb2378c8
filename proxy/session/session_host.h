#pragma once
// What a session needs from around it: time, limits, a way to a backend, and somebody who owns it.
// A worker is one; tests bring their own. Loop thread only.

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "balancer/backend_id.h"
#include "balancer/candidates.h"
#include "balancer/login_kind.h"
#include "balancer/router.h"
#include "balancer/routing_key.h"
#include "conf/config.h"
#include "core/event_loop.h"
#include "core/result.h"
#include "proxy/legs/backend_link.h"
#include "proxy/legs/refusals.h"
#include "proxy/resumption/remembered_users.h"
#include "proxy/resumption/resumption.h"
#include "proxy/session/login_turn.h"
#include "proxy/session/negotiation.h"
#include "proxy/session/relay_limits.h"
#include "proxy/session/session_counts.h"
#include "proxy/session/session_log.h"
#include "xmpp/scan_work.h"

namespace proxy {

class Session;

/// A kind of listener as its sessions see it.
struct Frontend {
    std::string_view kind;  // static text, for the log: "c2s-tls", "websocket"
    NegotiationSettings negotiation;
};

/// A single-shot timer of the host's clock. Destroyed means cancelled; its callback may destroy it.
class Deadline {
public:
    virtual ~Deadline() = default;
    /// (Re)starts it.
    virtual void start(std::chrono::milliseconds after) = 0;
};

class SessionHost {
public:
    virtual core::TimePoint now() const = 0;
    /// `on_passed` is called from the loop.
    virtual std::unique_ptr<Deadline> make_deadline(std::function<void()> on_passed) = 0;
    virtual const conf::Limits& limits() const = 0;
    /// Those of the configuration in use. What was returned once lives as long as the host.
    virtual const RelayLimits& relay_limits() const = 0;
    virtual xmpp::ScanWorkPool& scan_work() = 0;
    /// What its sessions do is counted here.
    virtual SessionCounts& session_counts() = 0;
    /// With the tags in use, at a place that lives as long as the host.
    virtual const Resumption& resumption() const = 0;
    virtual RememberedUsers& remembered_users() = 0;
    /// How long a user is remembered whose backend does not say how long it keeps the session.
    virtual std::chrono::milliseconds remembers_for() const = 0;
    /// Names session `number` in logs and for the operator, and no other for weeks.
    virtual std::string name_of(std::uint32_t number) const = 0;

    virtual core::Result<balancer::Candidates, balancer::RouteFailure> route(
        const balancer::RoutingKey& key) = 0;
    virtual std::unique_ptr<BackendLink> open_link(LinkRequest request,
                                                   BackendLinkEvents& events) = 0;
    /// Asks the backend for a login. Whoever waits() hears on_login_turn() from the loop, unless it
    /// leaves the line; `most` is how long it may be made to wait.
    virtual LoginTurn ask_for_login(Session& who, const balancer::Member& at,
                                    balancer::LoginKind kind, std::chrono::milliseconds most) = 0;
    virtual void leave_line(Session& who) = 0;
    /// It has had its turn, but did not go there.
    virtual void give_back_login(balancer::BackendId at, balancer::LoginKind kind) = 0;

    // [limits.address] and the client's address. A refusal is counted and in the log.
    /// May it log in (any more)? If not, why.
    virtual std::optional<Refused> refuse_login(const Session& session) = 0;
    /// Its login got through, and it counts as a session now; or why it must not stay.
    virtual std::optional<Refused> count_login(Session& session) = 0;

    // What becomes of the session, for the log and for accounts. As the functions of session_log.h.
    virtual void note_routed(const SessionIdentity& session, const ClientFacts& client,
                             RoutedBy by) = 0;
    /// A login has got through at this backend.
    virtual void note_login(balancer::BackendId backend, std::string_view pool) = 0;
    virtual void note_failed_logins(const SessionIdentity& session, const FailedLogins& failed) = 0;
    virtual void note_end(const SessionIdentity& session, const SessionTotals& totals,
                          EndReason reason, std::string_view detail) = 0;

    // [limits.rate].
    /// Its client is read more slowly, for the first time.
    virtual void note_slowed(const SessionIdentity& session) = 0;
    /// A pause of such a client is over.
    virtual void note_pause(std::string_view pool, std::chrono::milliseconds time) = 0;

    /// The session is finished. It is destroyed once the callback that is running has returned.
    virtual void release(Session& session) = 0;

protected:
    ~SessionHost() = default;
};

}  // namespace proxy
