#include "core/certificate_store.h"

#include <algorithm>
#include <optional>
#include <system_error>
#include <utility>

#include "core/certificate_loader.h"
#include "core/certificate_names.h"

namespace core {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view kHoldsNoPair = "holds no fullchain.pem and privkey.pem that can be seen";

using FoundFolder = Result<std::optional<CertificateFolder>, TlsProblem>;

/// The folders below `cert_dir`, in the order of their names.
Result<std::vector<fs::path>, TlsProblem> folders_in(const fs::path& cert_dir) {
    std::vector<fs::path> paths;
    std::error_code error;
    for (fs::directory_iterator it(cert_dir, error), end; !error && it != end;
         it.increment(error)) {
        std::error_code ignored;
        if (it->is_directory(ignored)) paths.push_back(it->path());
    }
    if (error) return fail(TlsProblem{cert_dir, "cannot be read: " + error.message()});
    std::sort(paths.begin(), paths.end());
    return paths;
}

}  // namespace

Result<std::shared_ptr<const CertificateStore>, TlsProblem> CertificateStore::load(
    const fs::path& cert_dir) {
    return read(cert_dir, nullptr, {});
}

Result<std::shared_ptr<const CertificateStore>, TlsProblem> CertificateStore::renew(
    const fs::path& cert_dir, const CertificateStore& before, std::string_view needed) {
    return read(cert_dir, &before, needed);
}

Result<std::shared_ptr<const CertificateStore>, TlsProblem> CertificateStore::read(
    const fs::path& cert_dir, const CertificateStore* before, std::string_view needed) {
    const Result<std::vector<fs::path>, TlsProblem> paths = folders_in(cert_dir);
    if (!paths) return fail(paths.error());

    auto store = std::make_shared<CertificateStore>();
    CertificateLoader loader;
    for (const fs::path& path : *paths) {
        const std::string domain = domain_of_folder(path);
        const CertificateFolder* earlier = before == nullptr ? nullptr : before->find_own(domain);
        FoundFolder folder = loader.read_folder(path);
        if (folder && folder->has_value() && (*folder)->pairs.empty()) {
            if (earlier == nullptr) {
                loader.note(path, "is skipped: it " + std::string(kHoldsNoPair),
                            "put both there, or remove the folder");
                continue;
            }
            folder = fail(TlsProblem{path, std::string(kHoldsNoPair)});
        }
        if (!folder) {
            if (before == nullptr) return fail(std::move(folder).error());
            store->unusable_.push_back({domain, folder.error(), earlier != nullptr});
            folder = earlier == nullptr ? std::nullopt : std::optional(loader.keep(*earlier));
        }
        if (!folder->has_value()) continue;
        if (store->find_own(domain) == nullptr) {
            store->add(std::move(**folder));
        } else {
            loader.note(path, "is skipped: another folder stands for the same domain",
                        "remove one");
        }
    }
    const CertificateFolder* gone =
        before != nullptr && !needed.empty() && store->find(needed) == nullptr
            ? before->find(needed)
            : nullptr;
    if (gone != nullptr) {
        store->unusable_.push_back(
            {gone->name, {cert_dir / gone->name, "is gone, and [tls] default needs it"}, true});
        store->add(loader.keep(*gone));
    }
    if (store->folders_.empty())
        return fail(TlsProblem{cert_dir,
                               "holds no certificate: make a folder per domain with "
                               "fullchain.pem and privkey.pem in it"});
    store->notes_ = loader.take_notes();
    return std::shared_ptr<const CertificateStore>(std::move(store));
}

void CertificateStore::add(CertificateFolder folder) {
    const std::string name = folder.name;
    const CertificateFolder& added = folders_.emplace(name, std::move(folder)).first->second;
    for (const KeyPair& pair : added.pairs)
        for (std::string& san : dns_names(pair.leaf.get())) {
            // The first by name has it, in whatever order they come.
            const auto [at, is_new] = folder_by_san_.emplace(std::move(san), name);
            if (!is_new) at->second = std::min(at->second, name);
        }
}

const CertificateFolder* CertificateStore::find_own(std::string_view domain) const {
    const auto found = folders_.find(domain);
    return found == folders_.end() ? nullptr : &found->second;
}

const CertificateFolder* CertificateStore::find(std::string_view domain) const {
    const std::string wildcard = wildcard_for(domain);
    for (const std::string_view name : {domain, std::string_view(wildcard)})
        if (const auto found = folders_.find(name); found != folders_.end()) return &found->second;
    for (const std::string_view name : {domain, std::string_view(wildcard)})
        if (const auto found = folder_by_san_.find(name); found != folder_by_san_.end())
            return &folders_.find(found->second)->second;
    return nullptr;
}

const CertificateFolder* CertificateStore::fallback() const {
    const auto found = folders_.find(kDefaultFolder);
    return found == folders_.end() ? nullptr : &found->second;
}

const CertificateFolder* CertificateStore::find_for(const NamelessClients& nameless) const {
    if (nameless.are_refused) return nullptr;
    if (!nameless.get.empty()) return find(nameless.get);
    if (const CertificateFolder* folder = fallback()) return folder;
    for (const std::string& domain : nameless.domains)
        if (const CertificateFolder* folder = find(domain)) return folder;
    return folders_.size() == 1 ? &folders_.begin()->second : nullptr;
}

}  // namespace core
