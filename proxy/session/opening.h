#pragma once
// What a session keeps until a backend has answered, and not a byte longer. Owned by its session.

#include <cstddef>
#include <optional>
#include <vector>

#include "balancer/backend_id.h"
#include "balancer/candidates.h"
#include "balancer/login_kind.h"
#include "core/event_loop.h"
#include "proxy/legs/link_failure.h"
#include "proxy/session/negotiation.h"

namespace proxy {

struct Opening {
    /// What a client may send while its login waits; more is left in its socket.
    static constexpr std::size_t kReadAhead = 4 * 1024;

    Opening(xmpp::StreamScanner& scanner, const NegotiationSettings& settings)
        : negotiation(scanner, settings) {}

    Negotiation negotiation;
    core::TimePoint login_by{};                        // the deadline
    std::optional<Route> route;                        // since it was asked for; without its login
    std::optional<balancer::Candidates> candidates{};  // that it goes to, or waits for the first of
    std::vector<balancer::BackendId> tried{};          // and failed
    std::optional<LinkFailure> failure{};              // of the last of them
    bool is_inline = false;                            // a login that says what it resumes
    balancer::LoginKind kind{};                        // as the first candidate was asked for it
    bool is_waiting = false;                           // for a turn of the first candidate
};

}  // namespace proxy
