#pragma once
// Key pairs by domain, read once from a folder tree into an immutable value that all workers share.
// Loading: any thread. A loaded store: any thread, read only.

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/key_pair.h"
#include "core/result.h"
#include "core/tls_problem.h"

namespace core {

/// Whose certificate is shown to clients that name no domain.
struct NamelessClients {
    bool are_refused = false;
    std::string get = {};                   // that of this domain; empty: the first one of those
    std::vector<std::string> domains = {};  // that are served, in order of preference
};

/// A folder that could not be used while others could, and why.
struct UnusableFolder {
    std::string name;  // the domain
    TlsProblem problem;
    bool is_kept = false;  // what it held before is still in the store
};

/// Certificates by the domain that is their folder's name: "example.org", a wildcard (folder
/// `*.example.org` or `_.example.org`), or "default". Names are A-labels, compared in lower case.
///
/// A folder holds fullchain.pem (leaf first) and privkey.pem, or fullchain-ecdsa.pem with
/// privkey-ecdsa.pem, or fullchain-rsa.pem with privkey-rsa.pem, or several of these pairs, each
/// with another type of key. `ocsp.der` (or `ocsp.resp`; `ocsp-rsa.der` and so on) beside a pair is
/// stapled.
class CertificateStore {
public:
    /// Reads every folder of `cert_dir`. Fails with the first key pair that cannot be used; what
    /// can be used but deserves a look is collected in notes().
    static Result<std::shared_ptr<const CertificateStore>, TlsProblem> load(
        const std::filesystem::path& cert_dir);
    /// The same while `before` is in use: a folder that cannot be used keeps the pairs it has
    /// there, or is left out without any, so that it never stands in the way of the others; so does
    /// the one for the domain `needed`, if that is not "", when it is gone. unusable() tells of it.
    /// Fails when no certificate is left.
    static Result<std::shared_ptr<const CertificateStore>, TlsProblem> renew(
        const std::filesystem::path& cert_dir, const CertificateStore& before,
        std::string_view needed = {});

    /// The key pairs for a domain: its own folder, then a wildcard folder, then a folder whose
    /// certificate's subjectAltName (dNSName, RFC 6125 section 6.4) covers it. Null when there is
    /// none. `domain` is an A-label name in lower case.
    const CertificateFolder* find(std::string_view domain) const;
    /// The folder of that very name, or null.
    const CertificateFolder* find_own(std::string_view domain) const;
    /// The `default` folder, or null.
    const CertificateFolder* fallback() const;
    /// The key pairs for a client that names no domain: those of the domain that was chosen for it;
    /// else the `default` folder, else those of the first domain that has any, else the only ones
    /// there are. Null: such clients are refused.
    const CertificateFolder* find_for(const NamelessClients& nameless) const;

    using Folders = std::map<std::string, CertificateFolder, std::less<>>;
    const Folders& folders() const noexcept { return folders_; }
    /// What an operator should know: expired or soon expiring certificates, keys that others can
    /// read, stapling files and folders that were skipped. For the log.
    const std::vector<CertificateNote>& notes() const noexcept { return notes_; }
    const std::vector<UnusableFolder>& unusable() const noexcept { return unusable_; }

private:
    static Result<std::shared_ptr<const CertificateStore>, TlsProblem> read(
        const std::filesystem::path& cert_dir, const CertificateStore* before,
        std::string_view needed);
    void add(CertificateFolder folder);

    Folders folders_;
    std::map<std::string, std::string, std::less<>> folder_by_san_;  // a SAN may be a wildcard
    std::vector<CertificateNote> notes_;
    std::vector<UnusableFolder> unusable_;
};

}  // namespace core
