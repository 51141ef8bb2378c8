#include "core/certificate_changes.h"

#include <algorithm>
#include <optional>

namespace core {
namespace {

using Kind = CertificateChange::Kind;

std::time_t not_after(const X509* certificate) {
    std::tm time{};
    return ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &time) == 1 ? ::timegm(&time) : 0;
}

bool are_same(const Certificate& one, const Certificate& other) {
    return X509_cmp(one.get(), other.get()) == 0;
}

std::optional<Kind> difference(const CertificateFolder& before, const CertificateFolder& after) {
    const auto differ = [&](const auto& are_alike) {
        return !std::equal(before.pairs.begin(), before.pairs.end(), after.pairs.begin(),
                           after.pairs.end(), are_alike);
    };
    if (differ([](const KeyPair& a, const KeyPair& b) { return are_same(a.leaf, b.leaf); }))
        return Kind::renewed;
    if (differ([](const KeyPair& a, const KeyPair& b) {
            return a.ocsp_response == b.ocsp_response &&
                   std::equal(a.chain.begin(), a.chain.end(), b.chain.begin(), b.chain.end(),
                              are_same);
        }))
        return Kind::completed;
    return std::nullopt;
}

}  // namespace

std::time_t valid_until(const CertificateFolder& folder) {
    std::time_t earliest = 0;
    for (const KeyPair& pair : folder.pairs) {
        const std::time_t end = not_after(pair.leaf.get());
        earliest = earliest == 0 ? end : std::min(earliest, end);
    }
    return earliest;
}

std::string_view to_string(CertificateChange::Kind kind) {
    switch (kind) {
        case Kind::added: return "added";
        case Kind::renewed: return "renewed";
        case Kind::completed: return "completed";
        case Kind::removed: return "removed";
        case Kind::kept: return "kept";
        case Kind::unusable: return "unusable";
    }
    return "unknown";
}

std::vector<CertificateChange> certificate_changes(const CertificateStore& before,
                                                   const CertificateStore& after) {
    std::vector<CertificateChange> changes;
    for (const UnusableFolder& folder : after.unusable()) {
        const CertificateFolder* shown = after.find_own(folder.name);
        changes.push_back({folder.is_kept ? Kind::kept : Kind::unusable, folder.name,
                           shown == nullptr ? 0 : valid_until(*shown), folder.problem});
    }
    for (const auto& [name, folder] : after.folders()) {
        const CertificateFolder* earlier = before.find_own(name);
        const auto kind = earlier == nullptr ? Kind::added : difference(*earlier, folder);
        if (kind) changes.push_back({*kind, name, valid_until(folder)});
    }
    for (const auto& [name, folder] : before.folders())
        if (after.find_own(name) == nullptr) changes.push_back({Kind::removed, name});
    std::stable_sort(
        changes.begin(), changes.end(),
        [](const CertificateChange& a, const CertificateChange& b) { return a.domain < b.domain; });
    return changes;
}

}  // namespace core
