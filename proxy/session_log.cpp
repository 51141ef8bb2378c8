#include "proxy/session_log.h"

#include <fmt/format.h>

#include <chrono>

#include "core/log.h"
#include "core/random_bytes.h"
#include "core/siphash.h"

namespace proxy {

namespace {

/// The lines of one user can be found together, but nobody can be found by guessing names.
std::string pseudonym(std::string_view user) {
    static const auto key = core::random_value<core::SipKey>();
    return fmt::format("h:{:08x}", core::siphash(key, user) & 0xffff'ffff);
}

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

void log_session_routed(const SessionIdentity& session, const core::TlsFacts& tls,
                        conf::RouteBy by) {
    core::Log line(core::Severity::info, "session_routed");
    identify(line, session);
    line.with("route", by == conf::RouteBy::user ? "user" : "domain")
        .with("tls", tls.version)
        .with("cipher", tls.cipher)
        .with("resumed", tls.resumed)
        .with("ms", milliseconds_since(session.started));
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
