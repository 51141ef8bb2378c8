#pragma once
// What a renewal of certificates has changed, by domain, for the log and the operator. Pure; any
// thread.

#include <ctime>
#include <string>
#include <string_view>
#include <vector>

#include "core/certificate_store.h"

namespace core {

/// When its first pair ends; 0: it has none.
std::time_t valid_until(const CertificateFolder& folder);

struct CertificateChange {
    enum class Kind : unsigned char {
        added,
        renewed,    // another certificate
        completed,  // the same one, with another chain or stapled OCSP response
        removed,    // its folder is gone
        kept,       // its files cannot be used: what was read of them before still counts
        unusable,   // the same, and there is nothing from before
    };
    Kind kind{};
    std::string domain;           // the folder's name as a domain, or "default"
    std::time_t valid_until = 0;  // of what is shown from now on; 0: nothing is
    TlsProblem problem = {};      // of kept and unusable
};
/// One word for each: "added", "renewed", ...
std::string_view to_string(CertificateChange::Kind kind);

/// In the order of the domains' names; each call names what is kept or unusable.
std::vector<CertificateChange> certificate_changes(const CertificateStore& before,
                                                   const CertificateStore& after);

}  // namespace core
