#pragma once
// Which `proxy` and `tls` a backend may need instead, when its check fails in a way that wrong ones
// explain: a PROXY header that is not expected or not sent, TLS where there is none or none where
// there is. Pure; any thread.

#include <cstdint>
#include <string>
#include <vector>

#include "conf/config.h"

namespace proxy {

/// How a check failed that reached the server, as far as the backend's settings may be the cause.
enum class Symptom : std::uint8_t {
    silent,       // not a word within the time
    ended_early,  // the server closed before its features
    not_xmpp,     // its answer is no XMPP, or says that ours is none
    tls_refused,  // no TLS came about, and not because of a certificate
};

/// The backend with other settings, most likely ones first; each differs in one setting.
std::vector<conf::Backend> likely_settings(const conf::Backend& backend, Symptom symptom);

/// The setting in which `other`, one of likely_settings, differs, as the file has it:
/// `proxy = "off"`.
std::string changed_setting(const conf::Backend& backend, const conf::Backend& other);

/// "the server may not expect a PROXY header: try proxy = \"off\"", from the most likely settings.
std::string likely_remedy(const conf::Backend& backend, Symptom symptom);

}  // namespace proxy
