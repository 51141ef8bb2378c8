#pragma once
// What has become of certificates at a reload, in words for the operator and for the log. Any
// thread.

#include <ctime>
#include <string>
#include <vector>

#include "conf/config.h"
#include "core/certificate_changes.h"

namespace proxy {

/// "2027-02-28T10:15:02Z"
std::string utc_text(std::time_t time);

struct CertificateNews {
    core::CertificateChange change;
    bool is_warning = false;  // somebody should do something about it
    std::string text;    // `certificate "example.org" renewed, valid until 2027-02-28T10:15:02Z`
    std::string effect;  // of a warning
    std::string remedy;
};

/// In the order of `changes`. That one was removed is a warning if a domain of `config` needs it.
std::vector<CertificateNews> certificate_news(const std::vector<core::CertificateChange>& changes,
                                              const conf::Config& config);
/// A text with effect and remedy behind it, if there are any.
std::string advised(const CertificateNews& news);
/// "certificate_renewed", "certificate_kept", ...: the domain, until when, and of a warning the
/// effect and the remedy.
void log_certificate(const CertificateNews& news);

}  // namespace proxy
