#include "proxy/process/certificates_in_use.h"

#include <openssl/asn1.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/x509.h>

#include <algorithm>
#include <ctime>
#include <map>
#include <string>

#include "core/certificate_names.h"
#include "proxy/worker/worker_tls.h"

namespace proxy {

namespace {

using Wall = std::chrono::system_clock;

constexpr std::chrono::days kSoon{21};

Wall::time_point time_of(const ASN1_TIME* time) {
    std::tm parts{};
    ASN1_TIME_to_tm(time, &parts);
    return Wall::from_time_t(::timegm(&parts));
}

std::string key_kind(const EVP_PKEY* key) {
    switch (EVP_PKEY_get_base_id(key)) {
        case EVP_PKEY_EC: return "ECDSA";
        case EVP_PKEY_RSA: return "RSA";
        default: return OBJ_nid2sn(EVP_PKEY_get_base_id(key));
    }
}

/// A name that this [domain] stands for; "" where it stands for all.
std::string example_of(const std::string& domain) {
    if (domain == "*") return {};
    return domain.starts_with("*.") ? "any" + domain.substr(1) : domain;
}

bool covers(const std::vector<std::string>& names, const std::string& name) {
    return std::any_of(names.begin(), names.end(), [&](const std::string& each) {
        return each == name || each == core::wildcard_for(name);
    });
}

std::vector<std::string> problems_of(const ShownCertificate& each, Wall::time_point now) {
    std::vector<std::string> problems;
    const auto left = each.not_after - now;
    if (each.not_before > now)
        problems.emplace_back("is not valid yet: is this machine's clock right?");
    if (left < Wall::duration::zero()) {
        problems.emplace_back("has ended: clients refuse it; renew it");
    } else if (left < kSoon) {
        problems.emplace_back("ends soon; renew it");
    }
    for (const std::string& domain : each.unnamed)
        problems.push_back("does not name " + domain +
                           ": clients refuse it there; order one that does");
    return problems;
}

std::vector<std::string> unnamed_of(const ShownCertificate& each) {
    std::vector<std::string> unnamed;
    for (const std::string& domain : each.domains) {
        const std::string name = example_of(domain);
        if (!name.empty() && !covers(each.names, name)) unnamed.push_back(domain);
    }
    return unnamed;
}

}  // namespace

ShownCertificates certificates_in_use(const conf::Config& config,
                                      const core::CertificateStore& certificates,
                                      Wall::time_point now) {
    ShownCertificates shown;
    std::map<const core::CertificateFolder*, std::vector<std::string>> users;
    for (const conf::Domain& domain : config.domains) {
        const core::CertificateFolder* folder = certificates.find(example_of(domain.name));
        if (folder == nullptr) folder = certificates.fallback();
        if (folder != nullptr) {
            users[folder].push_back(domain.name);
        } else if (domain.name != "*") {  // whose clients come with names of their own
            shown.without.push_back(domain.name);
        }
    }
    const auto nameless = nameless_clients(config, certificates);
    for (const auto& [name, folder] : certificates.folders()) {
        for (const core::KeyPair& pair : folder.pairs) {
            ShownCertificate each{
                .folder = name,
                .file = pair.file.string(),
                .key = key_kind(pair.key.get()),
                .names = core::dns_names(pair.leaf.get()),
                .not_before = time_of(X509_get0_notBefore(pair.leaf.get())),
                .not_after = time_of(X509_get0_notAfter(pair.leaf.get())),
                .domains = users[&folder],
                .is_for_nameless = nameless && !nameless->are_refused && nameless->get == name,
                .unnamed = {},
                .problems = {}};
            each.unnamed = unnamed_of(each);
            each.problems = problems_of(each, now);
            shown.certificates.push_back(std::move(each));
        }
    }
    for (const core::UnusableFolder& folder : certificates.unusable())
        shown.unusable.push_back(folder.name + ": " + sentence(folder.problem) +
                                 (folder.is_kept ? "; clients still see the old one" : ""));
    return shown;
}

}  // namespace proxy
