#include "core/certificate_store.h"

#include <algorithm>
#include <system_error>
#include <utility>

#include "core/certificate_loader.h"
#include "core/certificate_names.h"

namespace core {

namespace fs = std::filesystem;

Result<std::shared_ptr<const CertificateStore>, TlsProblem> CertificateStore::load(
    const fs::path& cert_dir) {
    std::vector<fs::path> paths;
    std::error_code error;
    for (fs::directory_iterator it(cert_dir, error), end; !error && it != end;
         it.increment(error)) {
        std::error_code ignored;
        if (it->is_directory(ignored)) paths.push_back(it->path());
    }
    if (error) return fail(TlsProblem{cert_dir, "cannot be read: " + error.message()});
    std::sort(paths.begin(), paths.end());

    auto store = std::make_shared<CertificateStore>();
    CertificateLoader loader;
    for (const fs::path& path : paths) {
        Result<std::optional<CertificateFolder>, TlsProblem> folder = loader.read_folder(path);
        if (!folder) return fail(std::move(folder).error());
        if (!folder->has_value()) continue;
        std::string name = (*folder)->name;
        if (!store->folders_.try_emplace(name, std::move(**folder)).second)
            loader.note(path, "is skipped: another folder stands for the same domain",
                        "remove one");
    }
    if (store->folders_.empty())
        return fail(TlsProblem{cert_dir,
                               "holds no certificate: make a folder per domain with "
                               "fullchain.pem and privkey.pem in it"});
    for (const auto& [name, folder] : store->folders_)
        for (const KeyPair& pair : folder.pairs)
            for (std::string& san : dns_names(pair.leaf.get()))
                store->folder_by_san_.emplace(std::move(san), name);
    store->notes_ = loader.take_notes();
    return std::shared_ptr<const CertificateStore>(std::move(store));
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
