#include "proxy/legs/link_failure.h"

namespace proxy {

using balancer::HealthReason;

std::string_view to_string(LinkFailure why) {
    switch (why) {
        case LinkFailure::host_not_found: return "host_not_found";
        case LinkFailure::unreachable: return "unreachable";
        case LinkFailure::timed_out: return "timed_out";
        case LinkFailure::self_loop: return "self_loop";
        case LinkFailure::tls_failed: return "tls_failed";
        case LinkFailure::bad_certificate: return "bad_certificate";
        case LinkFailure::certificate_differs: return "certificate_differs";
        case LinkFailure::no_starttls: return "no_starttls";
        case LinkFailure::ended_early: return "ended_early";
        case LinkFailure::bad_answer: return "bad_answer";
        case LinkFailure::refused: return "refused";
        case LinkFailure::silent: return "silent";
    }
    return "unknown";
}

std::optional<HealthReason> health_reason(LinkFailure why) {
    switch (why) {
        case LinkFailure::host_not_found:
        case LinkFailure::unreachable:
        case LinkFailure::self_loop: return HealthReason::connect_failed;
        case LinkFailure::timed_out:
        case LinkFailure::silent: return HealthReason::timed_out;
        case LinkFailure::tls_failed:
        case LinkFailure::bad_certificate:
        case LinkFailure::no_starttls: return HealthReason::tls_failed;
        case LinkFailure::certificate_differs: return HealthReason::certificate_differs;
        case LinkFailure::ended_early: return HealthReason::ended_early;
        case LinkFailure::bad_answer: return HealthReason::bad_answer;
        case LinkFailure::refused: return std::nullopt;
    }
    return std::nullopt;
}

bool can_be_of_client(LinkFailure why) {
    return why == LinkFailure::refused || why == LinkFailure::certificate_differs;
}

std::string_view remedy_for(LinkFailure why) {
    switch (why) {
        case LinkFailure::host_not_found:
            return "check that the backend's name is written right, and that the name servers of "
                   "[dns], else of /etc/resolv.conf, know it";
        case LinkFailure::self_loop:
            return "this is a listener of stanzagate itself; give the server's own address or port";
        case LinkFailure::certificate_differs:
            return "give the server the certificate and key that cert_dir has for the domain, and "
                   "renew both together; or set channel_binding = false";
        case LinkFailure::no_starttls:
            return "let the server offer STARTTLS, or set tls to \"direct\" or \"off\"";
        default: return {};
    }
}

}  // namespace proxy
