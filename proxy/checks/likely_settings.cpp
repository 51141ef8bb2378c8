#include "proxy/checks/likely_settings.h"

#include <string_view>

#include "conf/words.h"

namespace proxy {

using conf::ProxyProtocol;

namespace {

std::vector<ProxyProtocol> other_headers(ProxyProtocol now) {
    switch (now) {
        case ProxyProtocol::off: return {ProxyProtocol::v2, ProxyProtocol::v1};
        case ProxyProtocol::v1: return {ProxyProtocol::off, ProxyProtocol::v2};
        case ProxyProtocol::v2: return {ProxyProtocol::off, ProxyProtocol::v1};
    }
    return {};
}

/// A link that is to be encrypted is not offered clear instead of STARTTLS: that the server offers
/// none has a remedy of its own (proxy/legs/link_failure.h).
std::vector<conf::BackendTls> other_tls(conf::BackendTls now) {
    switch (now) {
        case conf::BackendTls::off:
        case conf::BackendTls::starttls: return {conf::BackendTls::direct};
        case conf::BackendTls::direct: return {conf::BackendTls::starttls, conf::BackendTls::off};
    }
    return {};
}

/// Whether a wrong `proxy` explains the symptom better than a wrong `tls`.
bool is_header_likelier(const conf::Backend& backend, Symptom symptom) {
    switch (symptom) {
        case Symptom::silent: return backend.tls == conf::BackendTls::off;
        case Symptom::ended_early:
        case Symptom::not_xmpp: return backend.proxy != ProxyProtocol::off;
        case Symptom::tls_refused: return false;
    }
    return false;
}

std::string_view cause_of(const conf::Backend& backend, const conf::Backend& other) {
    if (other.proxy != backend.proxy) {
        if (other.proxy == ProxyProtocol::off) return "the server may not expect a PROXY header";
        if (backend.proxy == ProxyProtocol::off) return "the server may expect a PROXY header";
        return "the server may expect the other version of the PROXY header";
    }
    switch (other.tls) {
        case conf::BackendTls::direct: return "the port may speak TLS from the first byte";
        case conf::BackendTls::starttls: return "the port may begin in clear";
        case conf::BackendTls::off: return "the port may speak no TLS";
    }
    return "";
}

}  // namespace

std::vector<conf::Backend> likely_settings(const conf::Backend& backend, Symptom symptom) {
    std::vector<conf::Backend> headers;
    for (const ProxyProtocol proxy : other_headers(backend.proxy)) {
        headers.push_back(backend);
        headers.back().proxy = proxy;
    }
    std::vector<conf::Backend> tls;
    for (const conf::BackendTls each : other_tls(backend.tls)) {
        tls.push_back(backend);
        tls.back().tls = each;
    }
    auto& first = is_header_likelier(backend, symptom) ? headers : tls;
    const auto& then = &first == &headers ? tls : headers;
    first.insert(first.end(), then.begin(), then.end());
    return first;
}

std::string changed_setting(const conf::Backend& backend, const conf::Backend& other) {
    const bool is_header = other.proxy != backend.proxy;
    const std::string_view word =
        is_header ? conf::word_of<ProxyProtocol>(conf::kProxyProtocols, other.proxy)
                  : conf::word_of<conf::BackendTls>(conf::kBackendTls, other.tls);
    return std::string(is_header ? "proxy" : "tls") + " = \"" + std::string(word) + "\"";
}

std::string likely_remedy(const conf::Backend& backend, Symptom symptom) {
    const conf::Backend first = likely_settings(backend, symptom).front();
    return std::string(cause_of(backend, first)) + ": try " + changed_setting(backend, first);
}

}  // namespace proxy
