#pragma once
// The fixed list of reasons for which a session ends: one word each, shown as `reason` in the log.
// The manual lists them for operators, so a word once given keeps its meaning.

#include <array>
#include <cstdint>
#include <string_view>

namespace proxy {

enum class EndReason : std::uint8_t {
    client_closed,    // the client ended its stream
    client_lost,      // the client's TCP ended or broke without an end of the stream
    client_error,     // the client reported a stream error
    backend_closed,   // the backend ended the stream
    backend_error,    // the backend reported a stream error
    backend_lost,     // the backend's TCP ended or broke without an end of the stream
    bad_client_xml,   // the client's bytes broke a rule; `rule` says which
    bad_backend_xml,  // the backend's bytes broke a rule
    bad_frame,        // the client's WebSocket frame or HTTP request broke a rule
    bad_header,       // the client's stream header asks for what is not spoken here
    data_before_tls,  // anything but <starttls/> in clear, or bytes behind it
    not_authorized,   // stanzas, or what they need (stream management), before login
    not_offered,      // a negotiation that is not offered here (STARTTLS inside TLS, compression),
                      // or the words of a server
    host_unknown,     // no pool serves the domain
    no_backend,       // no backend of the pool could be reached
    pool_full,        // every backend stands at max_sessions
    login_rate,       // told to come back: its backend has no login to give in time
    backend_refused,  // backend reached, but its TLS, certificate or answer cannot be used
    backend_timeout,  // the backend did not answer our stream header in time
    tls_failed,       // the client's TLS handshake or a record failed
    login_timeout,    // not logged in within [limits] login or registration
    process_full,     // [limits] sessions reached
    address_limit,    // [limits.address]; the detail says which of it
    flood,            // more presence and iq than [limits.rate] lets pass
    shutdown,         // the proxy stops
    kicked,           // an operator ended this session
    maintenance,      // an operator empties the backend
    upgrade,          // a new process has taken the place of this one, and the client can resume
};

inline constexpr std::array kEndReasons{
    EndReason::client_closed,   EndReason::client_lost,     EndReason::client_error,
    EndReason::backend_closed,  EndReason::backend_error,   EndReason::backend_lost,
    EndReason::bad_client_xml,  EndReason::bad_backend_xml, EndReason::bad_frame,
    EndReason::bad_header,      EndReason::data_before_tls, EndReason::not_authorized,
    EndReason::not_offered,     EndReason::host_unknown,    EndReason::no_backend,
    EndReason::pool_full,       EndReason::login_rate,      EndReason::backend_refused,
    EndReason::backend_timeout, EndReason::tls_failed,      EndReason::login_timeout,
    EndReason::process_full,    EndReason::address_limit,   EndReason::flood,
    EndReason::shutdown,        EndReason::kicked,          EndReason::maintenance,
    EndReason::upgrade};

std::string_view to_string(EndReason reason);

/// The session's login went to no backend, or none took it.
constexpr bool found_no_backend(EndReason reason) {
    return reason == EndReason::no_backend || reason == EndReason::pool_full ||
           reason == EndReason::login_rate || reason == EndReason::backend_refused ||
           reason == EndReason::backend_timeout;
}

}  // namespace proxy
