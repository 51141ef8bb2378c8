#include "proxy/legs/backend_connection.h"

#include <cerrno>
#include <cstring>
#include <utility>
#include <vector>

#include "core/connector.h"
#include "core/timer.h"
#include "core/tls_client_context.h"
#include "core/wanted_certificate.h"
#include "proxy/offers/first_answer.h"
#include "xmpp/starttls.h"
#include "xmpp/stream_header.h"

namespace proxy {

namespace {

bool has_to_be_the_same(const BackendApproach& approach) {
    return approach.certificate &&
           approach.backend.channel_binding == conf::ChannelBinding::same_certificate;
}

/// Null when there is none to ask for.
const X509* wanted_certificate(const BackendApproach& approach) {
    return has_to_be_the_same(approach) ? *approach.certificate : nullptr;
}

/// Why logins could not be bound to what the backend has shown; empty if they can.
std::string certificate_fault(const BackendApproach& approach, const SSL* ssl) {
    if (!has_to_be_the_same(approach)) return {};
    const X509* wanted = *approach.certificate;
    if (wanted == nullptr) return "which certificate clients are shown is not known";
    if (core::has_shown(ssl, wanted)) return {};
    return "it shows " + core::words_for_peer_certificate(ssl) + ", and clients are shown " +
           core::words_for_certificate(wanted);
}

}  // namespace

struct BackendConnection::Opening {
    /// STARTTLS towards the backend: a clear stream of its own before the one that is wanted, with
    /// features as that one has.
    struct Starttls {
        explicit Starttls(xmpp::ScanWorkPool& pool) : scanner(pool, kFirstAnswerLimits) {}
        xmpp::StreamScanner scanner;
        xmpp::StarttlsInitiator machine;
    };

    Opening(BackendConnection& connection, const BackendEnvironment& access_, BackendApproach what)
        : access(access_),
          approach(std::move(what)),
          deadline(access.loop, [&connection] { connection.on_deadline(); }),
          next_attempt(access.loop, [&connection] { connection.go_on(); }) {}

    void expect(std::vector<core::Endpoint> found) {
        addresses = {found.rbegin(), found.rend()};
        // So an address that swallows everything leaves time for the others.
        if (!found.empty()) share = approach.deadline / found.size();
    }

    const BackendEnvironment& access;
    BackendApproach approach;
    std::vector<core::Endpoint> addresses;           // not tried yet, last first
    core::Endpoint address;                          // that is tried
    std::chrono::milliseconds share{0};              // of the deadline, for TCP to one address
    std::shared_ptr<dns::AddressResolver> resolver;  // before its query: a reload may replace it
    std::unique_ptr<dns::AddressResolver::Query> query;
    std::optional<core::Connector> connector;
    std::optional<Starttls> starttls;
    core::Timer deadline;
    core::Timer next_attempt;                    // at once, but from the loop
    LinkFailure why = LinkFailure::unreachable;  // the last address led nowhere
    std::string detail;                          // and in words
};

BackendConnection::BackendConnection(const BackendEnvironment& access, BackendApproach approach,
                                     BackendConnectionEvents& events)
    : events_(&events), opening_(std::make_unique<Opening>(*this, access, std::move(approach))) {
    Opening& opening = *opening_;
    opening.deadline.start(opening.approach.deadline);
    const conf::Backend& backend = opening.approach.backend;
    if (const auto address = core::Endpoint::from_address(backend.host, backend.port)) {
        opening.expect({*address});
        try_address();
        return;
    }
    opening.resolver = access.resolver;
    opening.query = opening.resolver->resolve(
        backend.host, [this, &backend](const dns::Known<std::vector<core::Endpoint>>& known) {
            if (!known.answer) {
                give_up_address(LinkFailure::host_not_found,
                                dns::words_for_unknown_host(
                                    backend.host, known.problem.value_or(dns::Problem::failed)));
                return;
            }
            std::vector<core::Endpoint> found = *known.answer;
            for (auto& each : found) each = each.with_port(backend.port);
            opening_->expect(std::move(found));
            try_address();
        });
}

BackendConnection::~BackendConnection() = default;

BackendConnection::Step BackendConnection::step() const {
    if (opening_ == nullptr) return Step::open;
    if (opening_->address.family() == core::Endpoint::Family::none) return Step::resolving;
    if (!connection_ || !connection_->is_open()) return Step::connecting;
    return opening_->starttls ? Step::starttls : Step::tls;
}

void BackendConnection::try_address() {
    Opening& opening = *opening_;
    opening.address = opening.addresses.back();
    opening.addresses.pop_back();
    if (opening.access.own().contains(opening.address)) {
        give_up_address(LinkFailure::self_loop, "own_listener");
        return;
    }
    opening.connector.emplace(
        opening.access.loop, opening.address, opening.share,
        [this](core::Fd fd, int error) { on_connected(std::move(fd), error); });
}

void BackendConnection::on_connected(core::Fd fd, int error) {
    Opening& opening = *opening_;
    opening.connector.reset();
    if (error == ETIMEDOUT) {
        give_up_address(LinkFailure::timed_out, "connect_timeout");
        return;
    }
    if (error != 0) {
        give_up_address(LinkFailure::unreachable, std::strerror(error));
        return;
    }
    connection_.emplace(opening.access.loop, std::move(fd),
                        static_cast<core::ConnectionEvents&>(*this), opening.access.watermarks);
    const auto preamble = opening.approach.preamble(connection_->local(), opening.address);
    switch (opening.approach.backend.tls) {
        case conf::BackendTls::off: open(preamble); return;
        case conf::BackendTls::direct:
            connection_->send(preamble);
            begin_tls();
            break;
        case conf::BackendTls::starttls: {
            opening.starttls.emplace(opening.access.scan_work);
            xmpp::StreamHeader header;
            header.to = opening.approach.domain;
            connection_->send(preamble + xmpp::write_initial_header(header));
            break;
        }
    }
    connection_->resume_reading();
}

void BackendConnection::begin_tls() {
    const BackendApproach& approach = opening_->approach;
    core::Ssl ssl = opening_->access.tls().new_session(approach.backend, approach.domain);
    if (!ssl) {
        give_up_address(LinkFailure::tls_failed, "the configuration has changed");
        return;
    }
    if (const X509* wanted = wanted_certificate(approach)) core::ask_for_key_of(ssl.get(), wanted);
    using ClearTail = core::Connection::ClearTail;
    connection_->start_tls(std::move(ssl), core::Connection::TlsRole::connecting,
                           approach.backend.tls == conf::BackendTls::starttls
                               ? ClearTail::white_space  // behind <proceed/>
                               : ClearTail::nothing);
}

std::size_t BackendConnection::on_starttls_bytes(std::string_view window) {
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

void BackendConnection::on_secured() {
    if (const std::string fault = certificate_fault(opening_->approach, connection_->ssl());
        !fault.empty()) {
        give_up_address(LinkFailure::certificate_differs, fault);
        return;
    }
    open({});
}

void BackendConnection::open(std::string_view preamble) {
    const std::unique_ptr<Opening> opening = std::move(opening_);
    if (preamble.empty()) {
        connection_->send(opening->approach.greeting);
    } else {
        // One write, so that a server that waits for the PROXY header gets it with the stream
        // header.
        connection_->send(std::string(preamble).append(opening->approach.greeting));
    }
    connection_->resume_reading();
    events_->on_open();
}

void BackendConnection::give_up_address(LinkFailure why, std::string_view detail) {
    Opening& opening = *opening_;
    opening.why = why;
    opening.detail = detail;  // may live in what is closed here
    opening.query.reset();
    opening.connector.reset();
    opening.starttls.reset();
    if (opening.addresses.empty()) opening.deadline.cancel();
    if (connection_) connection_->close();
    // From the loop: we may be inside a callback of what the next attempt replaces.
    opening.next_attempt.start_now();
}

void BackendConnection::on_deadline() {
    opening_->addresses.clear();
    switch (step()) {
        case Step::resolving:
            give_up_address(LinkFailure::host_not_found,
                            dns::words_for_awaited_host(opening_->approach.backend.host));
            break;
        case Step::connecting: give_up_address(LinkFailure::timed_out, "connect_timeout"); break;
        case Step::starttls: give_up_address(LinkFailure::silent, "starttls_timeout"); break;
        case Step::tls: give_up_address(LinkFailure::silent, "tls_timeout"); break;
        case Step::open: break;  // no deadline any more
    }
}

void BackendConnection::go_on() {
    events_->on_address_failed(opening_->address, opening_->why, opening_->detail);
    if (!opening_->addresses.empty()) {
        try_address();
    } else {
        events_->on_failed(opening_->why);
    }
}

void BackendConnection::close() {
    opening_.reset();
    if (connection_) connection_->close();
}

std::size_t BackendConnection::on_bytes(std::string_view window) {
    return opening_ == nullptr ? events_->on_bytes(window) : on_starttls_bytes(window);
}

void BackendConnection::on_end() {
    if (opening_ == nullptr) {
        events_->on_end();
    } else {
        give_up_address(LinkFailure::ended_early, step() == Step::tls
                                                      ? "closed by the backend in the TLS handshake"
                                                      : "closed by the backend before STARTTLS");
    }
}

void BackendConnection::on_broken(core::Broken why, std::string_view detail) {
    if (opening_ == nullptr) {
        events_->on_lost(detail);
        return;
    }
    const std::string certificate =
        connection_->ssl() != nullptr ? core::describe_verify_failure(connection_->ssl()) : "";
    if (!certificate.empty()) {
        give_up_address(LinkFailure::bad_certificate, certificate);
    } else if (why != core::Broken::tls_failed) {
        give_up_address(LinkFailure::ended_early, detail);
    } else {
        const X509* wanted = wanted_certificate(opening_->approach);
        std::string words(detail);
        if (wanted != nullptr) words += "; asked for was " + core::words_for_certificate(wanted);
        give_up_address(LinkFailure::tls_failed, words);
    }
}

void BackendConnection::on_drained() {
    if (opening_ == nullptr) events_->on_drained();
}

}  // namespace proxy
