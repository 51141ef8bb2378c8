// The worker's part in [limits.address] and [limits.rate]: where connections and sessions are
// counted at their clients' addresses, who is refused, and who is slowed.

#include <optional>
#include <utility>

#include "proxy/worker/worker.h"

namespace proxy {

bool Worker::enter_address(Caller& caller) {
    const core::Endpoint& client = caller.client.peer;
    // Its clients are behind it, and counted when they begin sessions.
    if (caller.web && caller.web->is_clear && caller.web->trusts(client)) return true;
    auto place = addresses_->enter(
        client, caller.came, caller.web ? AddressLimits::Door::web : AddressLimits::Door::stream);
    if (place) {
        caller.client.place = std::move(place).value();
        return true;
    }
    // A process that is full is nobody's fault.
    const bool is_full =
        place.error() == Refused::before_login && !caller.web && gauge_->count() >= gauge_->limit();
    refuse(caller, is_full ? Refused::process_full : place.error());
    return false;
}

std::optional<Refused> Worker::take_place(const core::Endpoint& client, AddressPlace& place,
                                          WebClientComes how, bool is_limited) {
    if (on_empty_) return Refused::process_full;
    std::optional<Refused> why;
    if (how == WebClientComes::again && entrance_.is_overloaded()) {
        // One who has just come has waited at the entrance, and had his TLS.
        gauge_->count_shed();
        why = Refused::overloaded;
    } else if (!find_place()) {
        why = Refused::process_full;
    } else if (is_limited) {
        why = addresses_->begin_session(client, place, now());
        if (why) gauge_->leave();
    }
    if (why) note_refused(*why, client);
    return why;
}

std::optional<Refused> Worker::refuse_login(const Session& session) {
    if (session.standing() == AddressStanding::unlimited) return std::nullopt;
    const auto why = addresses_->refuse_login(session.peer(), now());
    if (why) note_refused(*why, session.peer());
    return why;
}

std::optional<Refused> Worker::count_login(Session& session) {
    counts_.sessions.note_login(
        std::chrono::duration_cast<std::chrono::microseconds>(now() - session.started()));
    const auto standing = addresses_->log_in(session.peer(), session.standing());
    if (standing) {
        session.set_standing(*standing);
        return std::nullopt;
    }
    note_refused(standing.error(), session.peer());
    return standing.error();
}

void Worker::note_slowed(const SessionIdentity& session) {
    slowed_->note_session(session.pool);
    log_session_slowed(session);
}

/// Sessions that logged in while their number was not limited count from now on, if it is.
void Worker::recount_addresses() {
    if (config_->limits.address.sessions == 0) return;
    for (const auto& session : sessions_)
        session->set_standing(addresses_->recount(session->peer(), session->standing()));
}

}  // namespace proxy
