#include "proxy/legs/tcp_backend_link.h"

#include <cassert>
#include <utility>

#include "core/random_bytes.h"
#include "proxy/legs/keepalives.h"
#include "proxy/offers/held_bindings.h"

namespace proxy {

TcpBackendLink::TcpBackendLink(LinkEnvironment& environment, LinkRequest request,
                               BackendLinkEvents& events)
    : events_(events), pool_(request.candidates.shared_pool()) {
    race_ = std::make_unique<BackendRace>(environment, std::move(request),
                                          static_cast<BackendConnectionEvents&>(*this));
}

TcpBackendLink::~TcpBackendLink() = default;

BackendConnection* TcpBackendLink::connection() const {
    return race_ ? race_->leading_connection() : connection_.get();
}

bool TcpBackendLink::is_open() const {
    const BackendConnection* used = connection();
    return used != nullptr && used->is_open();
}

// Until a candidate has answered.

void TcpBackendLink::on_failed(LinkFailure why) {
    if (race_->is_held()) return events_.on_link_held(why, race_->tried());
    events_.on_link_failed(why);
}

void TcpBackendLink::on_open() {
    const balancer::Member& leading = race_->leading_member();
    place_ = static_cast<std::uint32_t>(&leading - pool_->members().data());
    has_ended_ = false;
    doubt(false);
    events_.on_link_open({.answer_timeout = race_->answer_time(),
                          .bindings = held_bindings(leading.backend->channel_binding),
                          .owner = leading.owner,
                          .pool = pool_.get(),
                          .resume_anywhere = pool_->settings().resume_anywhere,
                          .together = pool_->settings().together,
                          .is_first = race_->is_first_leading()});
}

void TcpBackendLink::try_next(LinkFailure why, std::string_view detail) {
    assert(race_ && is_open());
    has_ended_ = false;
    race_->pass_over(why, detail);
}

/// The race's winner is on the call stack here, and the race goes.
void TcpBackendLink::settle() {
    if (!race_) return;
    BackendRace::Won won = race_->win();
    connection_ = std::move(won.connection);
    slot_ = std::move(won.slot);
    connection_->hand_over(static_cast<BackendConnectionEvents&>(*this));
    race_.reset();
}

void TcpBackendLink::doubt(bool is_doubted) {
    if (!is_open()) return;
    const core::Keepalive& keepalive = is_doubted                        ? kDoubtedKeepalive
                                       : pool_->settings().health.checks ? kBackendKeepalive
                                                                         : kUncheckedKeepalive;
    connection()->set_keepalive(keepalive.spread(core::random_value<std::uint32_t>()));
}

// The open link is its connection.

bool TcpBackendLink::send(std::string_view bytes) {
    return connection()->send(bytes);
}

void TcpBackendLink::finish() {
    if (is_open()) {
        if (race_) race_->leave_others();
        connection()->finish();
        return;
    }
    abandon();
}

void TcpBackendLink::leave(Parting how) {
    is_leaving_ = true;
    const bool resets = how == Parting::client_lost && !is_gone() &&
                        member().backend->on_client_loss == conf::OnClientLoss::reset;
    if (resets) {
        if (race_) race_->leave_others();
        connection()->finish_with_reset();
    } else {
        finish();
    }
    resume_reading();
}

void TcpBackendLink::abandon() {
    if (BackendConnection* used = connection()) used->close();
    race_.reset();
    slot_.release();
}

void TcpBackendLink::pause_reading() {
    if (is_open()) connection()->pause_reading();
}

void TcpBackendLink::resume_reading() {
    if (is_open()) connection()->resume_reading();
}

std::string_view TcpBackendLink::backend_name() const {
    return place_ != kNone ? std::string_view(member().backend->name) : std::string_view();
}

std::optional<balancer::BackendId> TcpBackendLink::backend_id() const {
    if (place_ == kNone) return std::nullopt;
    return member().id;
}

std::size_t TcpBackendLink::on_bytes(std::string_view window) {
    return is_leaving_ ? window.size() : events_.on_link_bytes(window);
}

void TcpBackendLink::on_end() {
    has_ended_ = true;
    if (is_leaving_) {
        events_.on_link_gone();
    } else {
        events_.on_link_end();
    }
}

void TcpBackendLink::on_lost(std::string_view detail) {
    has_ended_ = true;
    if (is_leaving_) {
        connection()->close();  // which sends a RST that was asked for
        events_.on_link_gone();
    } else {
        events_.on_link_lost(detail);
    }
}

void TcpBackendLink::on_drained() {
    if (!is_leaving_) events_.on_link_drained();
}

}  // namespace proxy
