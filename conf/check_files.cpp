// What the file system says: looked at once, before anything is opened for use.

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <utility>

#include "conf/check.h"
#include "conf/common_tables.h"
#include "core/address_block.h"

namespace conf {
namespace {

namespace fs = std::filesystem;

constexpr const char* kLetRead = "let the user that runs stanzagate read it";

bool is_readable(const fs::path& file) {
    return ::access(file.c_str(), R_OK) == 0;
}

/// A [tls] or backend file: there, a file, and readable for this user.
void check_file(const fs::path& file, const std::string& key, const std::string& where,
                Findings& findings) {
    std::error_code error;
    if (file.empty()) return;
    if (!fs::exists(file, error)) {
        findings.error(findings.place_of(key),
                       {key, where, fmt::format("there is no file {}", in_quotes(file.string())),
                        "paths are relative to the folder of this file"});
    } else if (!fs::is_regular_file(file, error) || !is_readable(file)) {
        findings.error(findings.place_of(key), {key, where,
                                                fmt::format("{} is no file that this user may read",
                                                            in_quotes(file.string())),
                                                kLetRead});
    }
}

/// Secret keys, which not every user of the machine may read: "every user may read ...".
void check_secrecy(const fs::path& file, const std::string& key, const std::string& where,
                   const std::string& may_read_what, Findings& findings) {
    std::error_code error;
    if (!fs::is_regular_file(file, error)) return;
    const auto mode = fs::status(file, error).permissions();
    if ((mode & fs::perms::others_read) == fs::perms::none) return;
    findings.error(findings.place_of(key),
                   {key, where, "every user may read " + may_read_what, "chmod o-r"});
}

/// Key files as core/certificate_store looks for them: one pair, or one for each kind of key.
constexpr std::array<std::pair<std::string_view, std::string_view>, 3> kPairs{
    {{"fullchain.pem", "privkey.pem"},
     {"fullchain-ecdsa.pem", "privkey-ecdsa.pem"},
     {"fullchain-rsa.pem", "privkey-rsa.pem"}}};

bool has_certificate(const fs::path& folder) {
    std::error_code error;
    return std::any_of(kPairs.begin(), kPairs.end(),
                       [&](const auto& pair) { return fs::exists(folder / pair.first, error); });
}

/// Folders that may serve a domain, most exact first: its own, a wildcard's, the default.
std::vector<std::string> folders_for(const std::string& domain) {
    const std::string name = domain.starts_with("*.") ? domain.substr(2) : domain;
    std::vector<std::string> folders;
    std::string parent = name;
    if (name == domain) {
        folders.push_back(name);
        const std::size_t dot = name.find('.');
        parent = dot == std::string::npos ? "" : name.substr(dot + 1);
    }
    if (!parent.empty()) {
        folders.push_back("*." + parent);
        folders.push_back("_." + parent);
    }
    folders.emplace_back("default");
    return folders;
}

void check_folder(const fs::path& folder, Findings& findings) {
    const std::string key = "tls.cert_dir";
    std::error_code error;
    for (const auto& [chain, secret] : kPairs) {
        const bool has_chain = fs::exists(folder / chain, error);
        const bool has_secret = fs::exists(folder / secret, error);
        if (!has_chain && !has_secret) continue;
        for (const fs::path& file : {folder / chain, folder / secret}) {
            if (is_readable(file)) continue;
            const bool is_there = fs::exists(file, error);
            findings.error(findings.place_of(key),
                           {key, "tls",
                            fmt::format("{} {}", in_quotes(file.string()),
                                        is_there ? "may not be read by this user" : "is missing"),
                            is_there ? kLetRead : "a certificate chain and its key go together"});
        }
        check_secrecy(folder / secret, key, "tls",
                      "the private key " + in_quotes((folder / secret).string()), findings);
    }
}

/// Whether each domain finds a certificate in the folder.
void check_domain_folders(const Config& config, Findings& findings) {
    const fs::path& folder = config.tls.cert_dir;
    const auto has_one_of = [&](const std::vector<std::string>& names) {
        return std::any_of(names.begin(), names.end(),
                           [&](const std::string& name) { return has_certificate(folder / name); });
    };
    for (const Domain& domain : config.domains) {
        // Under "*" any name may come; which certificates it needs is not known here.
        if (domain.name == "*") continue;
        const auto folders = folders_for(domain.name);
        if (has_one_of(folders)) continue;
        const std::string at = joined_key("domain", domain.name);
        // Only a warning: a certificate in another folder may cover the name as well.
        findings.warn(
            findings.place_of(at),
            {at, "domain " + in_quotes(domain.name),
             fmt::format("no certificate folder of that name in {}", in_quotes(folder.string())),
             "make " + folders.front() +
                 "/ or default/, unless the certificate of another folder covers it"});
    }
    const std::string& chosen = config.tls.default_domain;
    if (chosen.empty() || chosen == Tls::kNobody) return;
    auto folders = folders_for(chosen);
    folders.pop_back();  // clients without a name get that of `default` anyway
    if (has_one_of(folders)) return;
    findings.warn(
        findings.place_of("tls.default"),
        {"tls.default", "tls",
         fmt::format("no certificate folder for {} in {}", in_quotes(chosen),
                     in_quotes(folder.string())),
         "name a domain that has one, unless the certificate of another folder covers it"});
}

void check_certificates(const Config& config, KeyFolders folders, Findings& findings) {
    const fs::path& folder = config.tls.cert_dir;
    if (folder.empty()) return;
    const auto report = [&](std::string what, std::string hint) {
        const std::string key = "tls.cert_dir";
        findings.error(findings.place_of(key), {key, "tls", std::move(what), std::move(hint)});
    };
    const std::string name = in_quotes(folder.string());
    std::error_code error;
    if (!fs::is_directory(folder, error)) {
        return report("there is no folder " + name,
                      "paths are relative to the folder of this file");
    }
    bool has_any = false;
    for (auto entry = fs::directory_iterator(folder, error);
         !error && entry != fs::directory_iterator(); entry.increment(error)) {
        if (!entry->is_directory(error)) continue;
        has_any = has_any || has_certificate(entry->path());
        if (folders == KeyFolders::judged) check_folder(entry->path(), findings);
    }
    if (error) {
        return report(fmt::format("{} cannot be listed: {}", name, error.message()), kLetRead);
    }
    if (!has_any && folders == KeyFolders::judged) {
        return report("no certificate in " + name,
                      "put fullchain.pem and privkey.pem into a folder named like the domain");
    }
    check_domain_folders(config, findings);
}

/// Files that hold secrets alone. Who uses a key looks at its content.
void check_secret_files(const Config& config, Findings& findings) {
    const auto check = [&](const fs::path& file, const std::string& table, const char* name,
                           const char* keys, const char* and_so) {
        const std::string key = joined_key(table, name);
        check_file(file, key, table, findings);
        check_secrecy(file, key, table,
                      fmt::format("{} {}, and so {}", keys, in_quotes(file.string()), and_so),
                      findings);
    };
    check(config.tls.ticket_keys, "tls", "ticket_keys", "the keys", "decrypt what was recorded");
    check(config.resumption.keys, "resumption", "keys", "the keys",
          "make tags that lead to any backend");
    check(config.log.pseudonym_key, "log", "pseudonym_key", "the key",
          "find out who is who in the log");
}

/// /run is empty after each boot, and a service has its folder in it only while it runs.
bool is_made_at_the_start(const fs::path& folder) {
    return folder.parent_path() == "/run" || folder.parent_path() == "/var/run";
}

bool is_of_this_machine(const core::Endpoint& address) {
    return core::AddressBlock::parse("127.0.0.0/8")->contains(address) ||
           core::AddressBlock::parse("::1")->contains(address);
}

/// Who can reach it reads names of backends and domains, and how busy they are.
void check_admin_http(const core::Endpoint& http, Findings& findings) {
    if (http.family() == core::Endpoint::Family::none || is_of_this_machine(http)) return;
    const std::string key = "admin.http";
    findings.warn(findings.place_of(key),
                  {key, "admin",
                   fmt::format("everybody who reaches {} sees the status page, without a password",
                               in_quotes(http.to_string())),
                   "write \"127.0.0.1:9280\", or let a firewall keep others out"});
}

void check_admin_socket(const Config& config, Findings& findings) {
    const fs::path& socket = config.admin.socket;
    if (socket.empty()) return;
    const std::string key = "admin.socket";
    const fs::path folder = socket.has_parent_path() ? socket.parent_path() : fs::path(".");
    std::error_code error;
    if (!fs::is_directory(folder, error) && is_made_at_the_start(folder)) {
        findings.warn(
            findings.place_of(key),
            {key, "admin", fmt::format("there is no folder {} yet", in_quotes(folder.string())),
             fmt::format("a service manager makes it at the start (systemd: RuntimeDirectory={}); "
                         "else make it, for this user alone",
                         folder.filename().string())});
        return;
    }
    if (!fs::is_directory(folder, error)) {
        findings.error(
            findings.place_of(key),
            {key, "admin", fmt::format("there is no folder {}", in_quotes(folder.string())),
             "make it, for this user alone, or remove \"socket\""});
        return;
    }
    // What is no socket would be replaced by ours, or be in its way.
    const auto kind = fs::symlink_status(socket, error).type();
    if (kind != fs::file_type::not_found && kind != fs::file_type::socket) {
        findings.error(
            findings.place_of(key),
            {key, "admin", fmt::format("{} is there and is no socket", in_quotes(socket.string())),
             "name a file that is not there yet"});
    }
}

/// Where it cannot be used, the process serves all the same, and says so.
void check_live_state(const fs::path& file, Findings& findings) {
    if (file.empty()) return;
    const std::string key = "admin.state";
    const fs::path folder = file.has_parent_path() ? file.parent_path() : fs::path(".");
    std::error_code error;
    const auto warn = [&](std::string what, std::string hint) {
        findings.warn(findings.place_of(key), {key, "admin", std::move(what), std::move(hint)});
    };
    if (!fs::is_directory(folder, error)) {
        warn(fmt::format("there is no folder {}, so a restart forgets what was set live",
                         in_quotes(folder.string())),
             "make it, for this user alone, or remove \"state\"");
    } else if (fs::exists(file, error) && !fs::is_regular_file(file, error)) {
        warn(in_quotes(file.string()) + " is no file", "name one that is not there yet");
    } else if (::access(folder.c_str(), W_OK) != 0) {
        warn(fmt::format("this user may not write to {}, so a restart forgets what was set live",
                         in_quotes(folder.string())),
             "give the folder to the user that runs stanzagate");
    }
}

void check_acme_folder(const fs::path& folder, Findings& findings) {
    if (folder.empty()) return;
    const std::string key = "web.acme_challenge";
    std::error_code error;
    const bool is_there = fs::is_directory(folder, error);
    if (is_there && ::access(folder.c_str(), X_OK) == 0) return;
    findings.error(
        findings.place_of(key),
        {key, "web",
         is_there ? fmt::format("this user may not look into {}", in_quotes(folder.string()))
                  : fmt::format("there is no folder {}", in_quotes(folder.string())),
         is_there ? "let the user that runs stanzagate read it"
                  : "make it, and name it to the program that fetches certificates"});
}

}  // namespace

void check_files(const Config& config, KeyFolders folders, Findings& findings) {
    check_certificates(config, folders, findings);
    check_secret_files(config, findings);
    for (const Pool& pool : config.pools) {
        for (std::size_t i = 0; i < pool.backends.size(); ++i) {
            const Backend& backend = pool.backends[i];
            check_file(backend.ca_file, joined_key(backend_key(pool, i), "ca_file"),
                       backend_title(pool, backend), findings);
        }
    }
    check_log_file(config.log, findings);
    check_admin_socket(config, findings);
    check_admin_http(config.admin.http, findings);
    check_live_state(config.admin.state, findings);
    check_acme_folder(config.web.acme_challenge, findings);
}

}  // namespace conf
