#include "proxy/tcp_backend_link.h"

#include <cassert>
#include <cstring>
#include <new>
#include <utility>

#include "core/log.h"
#include "core/tls_client_context.h"
#include "proxy/proxy_protocol.h"
#include "xmpp/stream_header.h"

namespace proxy {

namespace {

/// A stranger until it is verified: a backend's clear stream is bounded like a client's.
constexpr xmpp::ScanLimits kStarttlsLimits = xmpp::kLimitsBeforeLogin;

}  // namespace

std::string_view to_string(LinkFailure why) {
    switch (why) {
        case LinkFailure::unreachable: return "unreachable";
        case LinkFailure::timed_out: return "timed_out";
        case LinkFailure::self_loop: return "self_loop";
        case LinkFailure::tls_failed: return "tls_failed";
        case LinkFailure::no_starttls: return "no_starttls";
        case LinkFailure::bad_answer: return "bad_answer";
        case LinkFailure::refused: return "refused";
        case LinkFailure::silent: return "silent";
    }
    return "unknown";
}

struct TcpBackendLink::Opening {
    /// STARTTLS towards the backend: a clear stream of its own before the session's.
    struct Starttls {
        explicit Starttls(xmpp::ScanWorkPool& pool) : scanner(pool, kStarttlsLimits) {}
        xmpp::StreamScanner scanner;
        xmpp::StarttlsInitiator machine;
    };

    Opening(TcpBackendLink& link, core::EventLoop& loop, LinkRequest what)
        : request(std::move(what)),
          deadline(loop, [&link] { link.on_deadline(); }),
          next_attempt(loop, [&link] { link.go_on(); }) {}

    LinkRequest request;
    std::size_t at = 0;                     // the candidate that is tried
    std::vector<core::Endpoint> addresses;  // of this candidate, not tried yet, last first
    std::unique_ptr<dns::AddressResolver::Query> query;
    std::optional<core::Connector> connector;
    std::optional<Starttls> starttls;
    core::Timer deadline;      // of one candidate, all its addresses
    core::Timer next_attempt;  // at once, but from the loop
    LinkFailure why = LinkFailure::unreachable;
};

TcpBackendLink::TcpBackendLink(LinkEnvironment& environment, LinkRequest request,
                               BackendLinkEvents& events)
    : environment_(environment), events_(events), pool_(request.candidates.shared_pool()) {
    opening_ = std::make_unique<Opening>(*this, environment.loop, std::move(request));
    try_candidate();
}

TcpBackendLink::~TcpBackendLink() = default;

const balancer::Member& TcpBackendLink::candidate() const {
    return opening_->request.candidates[opening_->at];
}

// One candidate: its addresses in order, within one deadline.

void TcpBackendLink::try_candidate() {
    Opening& opening = *opening_;
    const balancer::Member& member = candidate();
    slot_ = environment_.router.take(member);
    opening.deadline.start(opening.request.candidates.pool().settings().connect_timeout);

    const conf::Backend& backend = *member.backend;
    if (const auto address = core::Endpoint::from_address(backend.host, backend.port)) {
        opening.addresses = {*address};
        try_address();
        return;
    }
    opening.query = environment_.resolver.resolve(
        backend.host, [this, port = backend.port](const std::vector<core::Endpoint>& found) {
            for (auto at = found.rbegin(); at != found.rend(); ++at) {
                opening_->addresses.push_back(at->with_port(port));
            }
            if (found.empty()) {
                give_up_address(LinkFailure::unreachable, "host_not_found");
            } else {
                try_address();
            }
        });
}

void TcpBackendLink::try_address() {
    Opening& opening = *opening_;
    const core::Endpoint target = opening.addresses.back();
    opening.addresses.pop_back();
    // The deadline of the candidate covers this attempt; the connector's own is only as long.
    opening.connector.emplace(
        environment_.loop, target, opening.request.candidates.pool().settings().connect_timeout,
        [this](core::Fd fd, int error) { on_connected(std::move(fd), error); });
}

void TcpBackendLink::on_connected(core::Fd fd, int error) {
    Opening& opening = *opening_;
    opening.connector.reset();
    if (error != 0) {
        give_up_address(LinkFailure::unreachable, std::strerror(error));
        return;
    }
    connection_.emplace(environment_.loop, std::move(fd),
                        static_cast<core::ConnectionEvents&>(*this), environment_.watermarks);
    const conf::Backend& backend = *candidate().backend;
    const std::string preamble = proxy_preamble(backend.proxy, opening.request.facts);
    switch (backend.tls) {
        case conf::BackendTls::off: open(preamble); return;
        case conf::BackendTls::direct:
            connection_->send(preamble);
            begin_tls();
            break;
        case conf::BackendTls::starttls: {
            opening.starttls.emplace(environment_.scan_work);
            xmpp::StreamHeader header;
            header.to = opening.request.domain;
            connection_->send(preamble + xmpp::write_initial_header(header));
            break;
        }
    }
    connection_->resume_reading();
}

void TcpBackendLink::begin_tls() {
    core::Ssl ssl = environment_.tls->new_session(*candidate().backend, opening_->request.domain);
    if (!ssl) throw std::bad_alloc();
    connection_->start_tls(std::move(ssl), core::Connection::TlsRole::connecting);
}

std::size_t TcpBackendLink::on_starttls_bytes(std::string_view window) {
    auto& [scanner, machine] = *opening_->starttls;
    std::size_t done = 0;
    for (;;) {
        const auto rest = window.substr(done);
        const xmpp::Token token = scanner.next(rest);
        if (token.kind == xmpp::TokenKind::need_more) return done;
        const auto answer =
            machine.on_token(token, rest.substr(0, token.size), rest.substr(token.size));
        connection_->send(answer);
        done += token.size;
        if (machine.has_failed()) {
            give_up_address(LinkFailure::no_starttls, to_string(machine.failure()));
            return window.size();
        }
        if (machine.is_secured()) {
            opening_->starttls.reset();
            begin_tls();
            return window.size();
        }
    }
}

void TcpBackendLink::on_secured() {
    open({});
}

void TcpBackendLink::open(std::string_view preamble) {
    Opening& opening = *opening_;
    opening.deadline.cancel();
    is_open_ = true;
    member_ = &candidate();
    if (preamble.empty()) {
        connection_->send(opening.request.opening);
    } else {
        // One write, so that a server that waits for the PROXY header gets it with the stream
        // header.
        connection_->send(std::string(preamble) + opening.request.opening);
    }
    connection_->resume_reading();
    events_.on_link_open(opening.request.candidates.pool().settings().answer_timeout);
}

void TcpBackendLink::settle() {
    if (!opening_) return;
    environment_.router.note_success(candidate());
    opening_.reset();
}

void TcpBackendLink::give_up_address(LinkFailure why, std::string_view detail) {
    Opening& opening = *opening_;
    opening.why = why;
    core::Log(core::Severity::warn, "backend_attempt_failed")
        .with("session", opening.request.facts.unique_id)
        .with("pool", opening.request.candidates.pool().settings().name)
        .with("backend", candidate().backend->name)
        .with("reason", to_string(why))
        .with("detail", detail);
    is_open_ = false;
    opening.query.reset();
    opening.connector.reset();
    opening.starttls.reset();
    if (connection_) connection_->close();
    // From the loop: we may be inside a callback of what the next attempt replaces.
    opening.next_attempt.start(std::chrono::milliseconds(0));
}

void TcpBackendLink::on_deadline() {
    opening_->addresses.clear();
    give_up_address(LinkFailure::unreachable, "connect_timeout");
}

void TcpBackendLink::go_on() {
    Opening& opening = *opening_;
    if (!opening.addresses.empty()) {
        try_address();
        return;
    }
    environment_.router.note_failure(candidate(), core::Clock::now());
    slot_.release();
    if (++opening.at < opening.request.candidates.size()) {
        try_candidate();
    } else {
        opening.deadline.cancel();
        events_.on_link_failed(opening.why);
    }
}

void TcpBackendLink::try_next(LinkFailure why, std::string_view detail) {
    assert(opening_ && is_open_);
    opening_->addresses.clear();
    give_up_address(why, detail);
}

// The open link is its connection.

bool TcpBackendLink::send(std::string_view bytes) {
    return connection_->send(bytes);
}

void TcpBackendLink::finish() {
    if (is_open_) {
        connection_->finish();
        return;
    }
    opening_.reset();
    slot_.release();
    if (connection_) connection_->close();
}

void TcpBackendLink::pause_reading() {
    if (is_open_) connection_->pause_reading();
}

void TcpBackendLink::resume_reading() {
    if (is_open_) connection_->resume_reading();
}

std::string_view TcpBackendLink::backend_name() const {
    return member_ != nullptr ? std::string_view(member_->backend->name) : std::string_view();
}

std::optional<balancer::BackendId> TcpBackendLink::backend_id() const {
    if (member_ == nullptr) return std::nullopt;
    return member_->id;
}

std::size_t TcpBackendLink::on_bytes(std::string_view window) {
    return is_open_ ? events_.on_link_bytes(window) : on_starttls_bytes(window);
}

void TcpBackendLink::on_end() {
    if (is_open_) {
        events_.on_link_end();
    } else {
        give_up_address(LinkFailure::unreachable, "closed by the backend");
    }
}

void TcpBackendLink::on_broken(core::Broken why, std::string_view detail) {
    if (is_open_) {
        events_.on_link_lost(detail);
        return;
    }
    const std::string certificate =
        connection_->ssl() != nullptr ? core::describe_verify_failure(connection_->ssl()) : "";
    give_up_address(
        why == core::Broken::tls_failed ? LinkFailure::tls_failed : LinkFailure::unreachable,
        certificate.empty() ? detail : certificate);
}

void TcpBackendLink::on_drained() {
    events_.on_link_drained();
}

}  // namespace proxy
