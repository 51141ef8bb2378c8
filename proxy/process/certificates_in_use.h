#pragma once
// Which certificates clients see, and where: the store of certificates against the domains of the
// configuration. Any thread.

#include <chrono>

#include "conf/config.h"
#include "core/certificate_store.h"
#include "proxy/admin/shown_certificates.h"

namespace proxy {

ShownCertificates certificates_in_use(const conf::Config& config,
                                      const core::CertificateStore& certificates,
                                      std::chrono::system_clock::time_point now);

}  // namespace proxy
