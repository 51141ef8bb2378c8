#pragma once
// Why a backend could not be used, for sessions and checks alike. Pure; any thread.

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "balancer/health.h"

namespace proxy {

enum class LinkFailure : std::uint8_t {
    host_not_found,       // DNS names no address, or says nothing
    unreachable,          // no TCP connection to any address
    timed_out,            // not connected within the deadline
    self_loop,            // the address is a listener of this very process
    tls_failed,           // TLS to the backend refused
    bad_certificate,      // of the backend, for this domain
    certificate_differs,  // from what the client was shown, where it has to be the same
    no_starttls,          // the backend would not start TLS
    ended_early,          // connected, but closed before its features
    bad_answer,           // connected, but what came back is no use (the session says so)
    refused,  // connected, but answered with a stream error, for which the client's header
              // may be the reason: no sign of bad health (the session says so)
    silent,   // connected, but no TLS or no features in time
};
inline constexpr std::array kLinkFailures{
    LinkFailure::host_not_found,      LinkFailure::unreachable, LinkFailure::timed_out,
    LinkFailure::self_loop,           LinkFailure::tls_failed,  LinkFailure::bad_certificate,
    LinkFailure::certificate_differs, LinkFailure::no_starttls, LinkFailure::ended_early,
    LinkFailure::bad_answer,          LinkFailure::refused,     LinkFailure::silent};
std::string_view to_string(LinkFailure why);

/// What the failure says about the backend's health; none when it says nothing.
std::optional<balancer::HealthReason> health_reason(LinkFailure why);

/// Whether a session's client can be the cause, so that what befell it is no sign for others: by
/// its header, or by the certificate that it asked for.
bool can_be_of_client(LinkFailure why);

/// What an operator can do about it, for the log; empty when `why` says nothing about that.
std::string_view remedy_for(LinkFailure why);

}  // namespace proxy
