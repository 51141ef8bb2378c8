#include "proxy/session/session_log.h"

#include <chrono>

#include "core/log.h"
#include "proxy/session/pseudonym.h"

namespace proxy {

namespace {

void identify(core::Log& line, const SessionIdentity& session) {
    line.with("session", session.name)
        .with("peer", session.peer.to_string())
        .with("kind", session.kind);
    if (!session.domain.empty()) line.with("domain", session.domain);
    if (!session.user.empty()) line.with("user", pseudonym(session.user));
    if (!session.pool.empty()) line.with("pool", session.pool);
    if (!session.backend.empty()) line.with("backend", session.backend);
}

std::int64_t milliseconds_since(core::TimePoint start) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(core::Clock::now() - start)
        .count();
}

}  // namespace

void log_session_routed(const SessionIdentity& session, const ClientFacts& client, RoutedBy by) {
    core::Log line(core::Severity::info, "session_routed");
    identify(line, session);
    line.with("route", to_string(by))
        .with("tls", client.tls_version)
        .with("cipher", client.tls_cipher)
        .with("resumed", client.is_tls_resumed)
        .with("ms", milliseconds_since(session.started));
}

void log_login_failed(const SessionIdentity& session, const FailedLogin& login) {
    SessionIdentity who = session;
    who.user = login.user;
    core::Log line(core::Severity::warn, "login_failed");
    identify(line, who);
    if (!login.mechanism.empty()) line.with("mechanism", login.mechanism);
    line.with("attempt", login.attempt).with("condition", login.condition);
}

void log_session_slowed(const SessionIdentity& session) {
    core::Log line(core::Severity::info, "session_slowed");
    identify(line, session);
    line.with("ms", milliseconds_since(session.started))
        .with("remedy", "raise [limits.rate] if this client is not to wait");
}

void log_session_end(const SessionIdentity& session, const SessionTotals& totals, EndReason reason,
                     std::string_view detail) {
    core::Log line(core::Severity::info, "session_end");
    identify(line, session);
    line.with("ms", milliseconds_since(session.started))
        .with("stanzas_in", totals.stanzas_in)
        .with("stanzas_out", totals.stanzas_out)
        .with("reason", to_string(reason));
    if (!detail.empty()) line.with("detail", detail);
}

}  // namespace proxy
