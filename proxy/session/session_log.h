#pragma once
// The two lines that every session leaves in the log, where it was routed and how it ended, and
// those of logins that failed. Never stanza bodies, SASL data or SM ids. Loop thread.

#include <cstdint>
#include <string>
#include <string_view>

#include "core/endpoint.h"
#include "core/event_loop.h"
#include "proxy/legs/client_facts.h"
#include "proxy/session/end_reason.h"
#include "proxy/session/login_watch.h"
#include "proxy/session/session_gauge.h"

namespace proxy {

/// What identifies a session, as far as it is known; empty fields are left out. Views need to live
/// for the call.
struct SessionIdentity {
    std::string name;
    core::Endpoint peer;
    core::TimePoint started;
    std::string_view kind;  // as in the configuration: "c2s", "c2s-tls"
    std::string_view domain;
    std::string_view user;  // bare JID; shown as its pseudonym
    std::string_view pool;
    std::string_view backend;
};

struct SessionTotals {
    std::uint64_t stanzas_in = 0;   // from the client
    std::uint64_t stanzas_out = 0;  // to the client
};

void log_session_routed(const SessionIdentity& session, const ClientFacts& client, RoutedBy by);

/// "login_failed", a warning, so that it is there for fail2ban in a quiet log as well
/// (conf/fail2ban.conf); `login` says as whom and why.
void log_login_failed(const SessionIdentity& session, const FailedLogin& login);

/// "session_slowed": its client sends more than [limits.rate] lets pass. Once in a session.
void log_session_slowed(const SessionIdentity& session);

/// `detail` says more about the reason, in words of ours or of the system; may be empty.
void log_session_end(const SessionIdentity& session, const SessionTotals& totals, EndReason reason,
                     std::string_view detail);

}  // namespace proxy
