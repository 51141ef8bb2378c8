// What is told about a session: to its backend, in the log, to an operator.

#include <chrono>
#include <string>
#include <string_view>

#include "core/shown_certificate.h"
#include "core/tls_facts.h"
#include "core/wanted_certificate.h"
#include "proxy/session/session.h"
#include "proxy/worker/worker.h"

namespace proxy {

namespace {

/// Of this process, so that names do not come again after a restart: the second at which it is
/// asked first, in base 36; its last four digits return after 19 days.
std::string start_stamp() {
    constexpr std::string_view kDigits = "0123456789abcdefghijklmnopqrstuvwxyz";
    const auto start = std::chrono::system_clock::now().time_since_epoch();
    auto seconds = std::chrono::duration_cast<std::chrono::seconds>(start).count();
    std::string stamp(4, '0');
    for (std::size_t i = stamp.size(); i-- > 0; seconds /= 36)
        stamp[i] = kDigits[static_cast<std::size_t>(seconds % 36)];
    return stamp;
}

bool is_any(const balancer::Candidates& candidates, conf::ChannelBinding binding) {
    for (std::size_t i = 0; i < candidates.size(); ++i)
        if (candidates[i].backend->channel_binding == binding) return true;
    return false;
}

}  // namespace

std::string Session::name() const {
    static const std::string stamp = start_stamp();
    return stamp + "-" + std::to_string(worker_.index()) + "-" + std::to_string(number_);
}

ClientFacts Session::facts() const {
    ClientFacts facts;
    facts.client = peer_;
    facts.local = client_.local();
    facts.unique_id = name();
    if (client_.is_secure()) {
        const core::TlsFacts tls = core::tls_facts(client_.ssl());
        facts.is_secure = true;
        facts.tls_version = tls.version;
        facts.tls_cipher = tls.cipher;
        facts.alpn = tls.alpn;
        facts.sni = tls.sni;
    }
    return facts;
}

ClientFacts Session::facts_for(const balancer::Candidates& candidates) const {
    ClientFacts told = facts();
    if (!told.is_secure || !is_any(candidates, conf::ChannelBinding::told)) return told;
    told.bindings = core::channel_bindings(client_.ssl());
    return told;
}

core::Certificate Session::shown_to_client(const balancer::Candidates& candidates) const {
    const bool is_wanted = is_any(candidates, conf::ChannelBinding::same_certificate);
    if (!client_.is_secure() || !is_wanted) return nullptr;
    return core::share(core::shown_certificate(client_.ssl()));
}

std::string_view Session::kind() const {
    return frontend_.negotiation.direct_tls ? "c2s-tls" : "c2s";
}

SessionIdentity Session::identity() const {
    return {.name = name(),
            .peer = peer_,
            .started = started_,
            .kind = kind(),
            .domain =
                negotiation_ && relay_.domain().empty() ? negotiation_->domain() : relay_.domain(),
            .user = relay_.user(),
            .pool = link_ ? link_->pool_name() : std::string_view(),
            .backend = link_ ? link_->backend_name() : std::string_view()};
}

std::optional<balancer::BackendId> Session::backend_id() const {
    return link_ ? link_->backend_id() : std::nullopt;
}

SessionFacts Session::facts_for_operator() const {
    const SessionIdentity known = identity();
    return {.id = known.name,
            .peer = known.peer,
            .kind = std::string(known.kind),
            .state = std::string(name_of(stage_)),
            .domain = std::string(known.domain),
            .user = std::string(known.user),
            .pool = std::string(known.pool),
            .backend = std::string(known.backend),
            .age = std::chrono::duration_cast<std::chrono::seconds>(core::Clock::now() - started_),
            .stanzas_in = relay_.stanzas_in(),
            .stanzas_out = relay_.stanzas_out(),
            .is_resumable = relay_.is_resumable()};
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
