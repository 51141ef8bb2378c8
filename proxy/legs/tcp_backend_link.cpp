#include "proxy/legs/tcp_backend_link.h"

#include <cassert>
#include <utility>

#include "core/log.h"
#include "core/random_bytes.h"
#include "core/timer.h"
#include "proxy/legs/keepalives.h"
#include "proxy/legs/proxy_protocol.h"
#include "proxy/offers/held_bindings.h"

namespace proxy {

struct TcpBackendLink::Opening {
    Opening(TcpBackendLink& link, LinkEnvironment& all, LinkRequest what)
        : environment(all),
          request(std::move(what)),
          access{.loop = all.loop,
                 .resolver = all.resolver,
                 .scan_work = all.scan_work,
                 .watermarks = all.watermarks,
                 .tls = [&all]() -> BackendTls& { return *all.tls; },
                 .own = [&all]() -> const OwnAddresses& { return *all.own; }},
          next_candidate(all.loop, [&link, this] { link.go_on(why); }) {}

    LinkEnvironment& environment;
    LinkRequest request;
    BackendEnvironment access;
    std::size_t at = 0;          // the candidate that is tried
    core::Timer next_candidate;  // at once, but from the loop
    LinkFailure why{};           // the open candidate was given up
};

TcpBackendLink::TcpBackendLink(LinkEnvironment& environment, LinkRequest request,
                               BackendLinkEvents& events)
    : events_(events), pool_(request.candidates.shared_pool()) {
    opening_ = std::make_unique<Opening>(*this, environment, std::move(request));
    try_candidate();
}

TcpBackendLink::~TcpBackendLink() = default;

const balancer::Member& TcpBackendLink::candidate() const {
    return opening_->request.candidates[opening_->at];
}

// Until a candidate has answered.

void TcpBackendLink::try_candidate() {
    Opening& opening = *opening_;
    const balancer::Member& member = candidate();
    slot_ = opening.environment.router.take(member);
    connection_.emplace(
        opening.access,
        BackendApproach{
            .backend = *member.backend,
            .domain = opening.request.domain,
            .certificate = opening.request.shown.get(),
            .greeting = opening.request.opening,
            .preamble = [&backend = *member.backend, &facts = opening.request.facts](
                            const auto&, const auto&) { return proxy_preamble(backend, facts); },
            .deadline = pool_->settings().connect_timeout},
        static_cast<BackendConnectionEvents&>(*this));
}

void TcpBackendLink::log_failure(const core::Endpoint& address, LinkFailure why,
                                 std::string_view detail) const {
    core::Log line(core::Severity::warn, "backend_attempt_failed");
    line.with("session", opening_->request.facts.unique_id)
        .with("pool", pool_->settings().name)
        .with("backend", candidate().backend->name);
    if (address.family() != core::Endpoint::Family::none) {
        line.with("address", address.to_string());
    }
    line.with("reason", to_string(why)).with("detail", detail);
    if (!remedy_for(why).empty()) line.with("remedy", remedy_for(why));
}

void TcpBackendLink::on_address_failed(const core::Endpoint& address, LinkFailure why,
                                       std::string_view detail) {
    log_failure(address, why, detail);
}

void TcpBackendLink::on_failed(LinkFailure why) {
    go_on(why);
}

void TcpBackendLink::go_on(LinkFailure why) {
    Opening& opening = *opening_;
    const auto reason = health_reason(why);
    if (reason && !can_be_of_client(why)) {
        opening.environment.router.note_failure(candidate(), core::Clock::now());
        opening.environment.reports.note_failure(candidate().id, *reason);
    }
    slot_.release();
    if (++opening.at < opening.request.candidates.size()) {
        try_candidate();
    } else {
        events_.on_link_failed(why);
    }
}

void TcpBackendLink::on_open() {
    member_ = &candidate();
    doubt(false);
    events_.on_link_open({.answer_timeout = pool_->settings().answer_timeout,
                          .bindings = held_bindings(member_->backend->channel_binding),
                          .owner = member_->owner,
                          .pool = pool_.get(),
                          .resume_anywhere = pool_->settings().resume_anywhere,
                          .together = pool_->settings().together,
                          .is_first = opening_->at == 0});
}

void TcpBackendLink::try_next(LinkFailure why, std::string_view detail) {
    assert(opening_ && is_open());
    has_ended_ = false;
    log_failure(connection_->peer(), why, detail);
    connection_->close();
    opening_->why = why;
    // From the loop: we may be inside a callback of what the next candidate replaces.
    opening_->next_candidate.start_now();
}

void TcpBackendLink::settle() {
    if (!opening_) return;
    opening_->environment.router.note_success(candidate());
    opening_.reset();
}

void TcpBackendLink::doubt(bool is_doubted) {
    if (!is_open()) return;
    const core::Keepalive& keepalive = is_doubted                        ? kDoubtedKeepalive
                                       : pool_->settings().health.checks ? kBackendKeepalive
                                                                         : kUncheckedKeepalive;
    connection_->set_keepalive(keepalive.spread(core::random_value<std::uint32_t>()));
}

// The open link is its connection.

bool TcpBackendLink::send(std::string_view bytes) {
    return connection_->send(bytes);
}

void TcpBackendLink::finish() {
    if (is_open()) {
        connection_->finish();
        return;
    }
    abandon();
}

void TcpBackendLink::leave(Parting how) {
    is_leaving_ = true;
    const bool resets = how == Parting::client_lost && !is_gone() &&
                        member_->backend->on_client_loss == conf::OnClientLoss::reset;
    if (resets) {
        connection_->finish_with_reset();
    } else {
        finish();
    }
    resume_reading();
}

void TcpBackendLink::abandon() {
    if (connection_) connection_->close();
    opening_.reset();
    slot_.release();
}

void TcpBackendLink::pause_reading() {
    if (is_open()) connection_->pause_reading();
}

void TcpBackendLink::resume_reading() {
    if (is_open()) connection_->resume_reading();
}

std::string_view TcpBackendLink::backend_name() const {
    return member_ != nullptr ? std::string_view(member_->backend->name) : std::string_view();
}

std::optional<balancer::BackendId> TcpBackendLink::backend_id() const {
    if (member_ == nullptr) return std::nullopt;
    return member_->id;
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
        connection_->close();  // which sends a RST that was asked for
        events_.on_link_gone();
    } else {
        events_.on_link_lost(detail);
    }
}

void TcpBackendLink::on_drained() {
    if (!is_leaving_) events_.on_link_drained();
}

}  // namespace proxy
