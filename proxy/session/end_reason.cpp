#include "proxy/session/end_reason.h"

namespace proxy {

std::string_view to_string(EndReason reason) {
    switch (reason) {
        case EndReason::client_closed: return "client_closed";
        case EndReason::client_lost: return "client_lost";
        case EndReason::client_error: return "client_error";
        case EndReason::backend_closed: return "backend_closed";
        case EndReason::backend_error: return "backend_error";
        case EndReason::backend_lost: return "backend_lost";
        case EndReason::bad_client_xml: return "bad_client_xml";
        case EndReason::bad_backend_xml: return "bad_backend_xml";
        case EndReason::bad_frame: return "bad_frame";
        case EndReason::bad_header: return "bad_header";
        case EndReason::data_before_tls: return "data_before_tls";
        case EndReason::not_authorized: return "not_authorized";
        case EndReason::not_offered: return "not_offered";
        case EndReason::host_unknown: return "host_unknown";
        case EndReason::no_backend: return "no_backend";
        case EndReason::pool_full: return "pool_full";
        case EndReason::login_rate: return "login_rate";
        case EndReason::backend_refused: return "backend_refused";
        case EndReason::backend_timeout: return "backend_timeout";
        case EndReason::tls_failed: return "tls_failed";
        case EndReason::login_timeout: return "login_timeout";
        case EndReason::process_full: return "process_full";
        case EndReason::address_limit: return "address_limit";
        case EndReason::flood: return "flood";
        case EndReason::shutdown: return "shutdown";
        case EndReason::kicked: return "kicked";
        case EndReason::maintenance: return "maintenance";
        case EndReason::upgrade: return "upgrade";
    }
    return "unknown";
}

}  // namespace proxy
