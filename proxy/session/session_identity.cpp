// What a session says about itself: to its backend, in the log, to an operator.

#include <chrono>
#include <string>
#include <string_view>

#include "proxy/session/session.h"

namespace proxy {

namespace {

bool is_any(const balancer::Candidates& candidates, conf::ChannelBinding binding) {
    for (std::size_t i = 0; i < candidates.size(); ++i)
        if (candidates[i].backend->channel_binding == binding) return true;
    return false;
}

}  // namespace

ClientFacts Session::facts_for(const balancer::Candidates& candidates) const {
    ClientFacts told = client_->facts();
    told.unique_id = host_.name_of(number_);
    if (!is_any(candidates, conf::ChannelBinding::told)) told.bindings = {};
    return told;
}

core::Certificate Session::shown_to_client(const balancer::Candidates& candidates) const {
    if (!is_any(candidates, conf::ChannelBinding::same_certificate)) return nullptr;
    return client_->shown_certificate();
}

SessionIdentity Session::identity() const {
    SessionIdentity known{.name = host_.name_of(number_),
                          .peer = client_->peer(),
                          .started = started_,
                          .kind = frontend_.kind,
                          .domain = relay_.domain(),
                          .user = relay_.user(),
                          .pool = link_ ? link_->pool_name() : std::string_view(),
                          .backend = link_ ? link_->backend_name() : std::string_view()};
    if (opening_ && known.domain.empty()) known.domain = opening_->negotiation.domain();
    if (link_ == nullptr && opening_ && opening_->candidates) {
        const balancer::Candidates& wanted = *opening_->candidates;
        known.pool = wanted.pool().settings().name;
        known.backend = wanted[0].backend->name;
    }
    return known;
}

std::optional<balancer::BackendId> Session::backend_id() const {
    return link_ ? link_->backend_id() : std::nullopt;
}

SessionFacts Session::facts_for_operator() const {
    const SessionIdentity known = identity();
    return {.id = known.name,
            .peer = known.peer,
            .kind = std::string(known.kind),
            .state = std::string(is_waiting() ? "waiting" : name_of(stage_)),
            .domain = std::string(known.domain),
            .user = std::string(known.user),
            .pool = std::string(known.pool),
            .backend = std::string(known.backend),
            .age = std::chrono::duration_cast<std::chrono::seconds>(host_.now() - started_),
            .stanzas_in = relay_.stanzas_in(),
            .stanzas_out = relay_.stanzas_out(),
            .is_resumable = relay_.is_resumable()};
}

bool Session::matches(const SessionFilter& filter) const {
    const auto is = [](const std::string& wanted, std::string_view has) {
        return wanted.empty() || wanted == has;
    };
    return is(filter.user, relay_.user()) &&
           is(filter.pool, link_ ? link_->pool_name() : std::string_view()) &&
           is(filter.backend, link_ ? link_->backend_name() : std::string_view()) &&
           (filter.id.empty() || filter.id == host_.name_of(number_));
}

std::string_view Session::name_of(Stage stage) {
    switch (stage) {
        case Stage::negotiating: return "negotiating";
        case Stage::routing: return "routing";
        case Stage::relaying: return "relaying";
        case Stage::closing: return "closing";
        case Stage::finished: return "finished";
    }
    return "unknown";
}

}  // namespace proxy
