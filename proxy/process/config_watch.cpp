#include "proxy/process/config_watch.h"

#include <utility>

#include "core/log.h"

namespace proxy {

core::WatchedPaths paths_behind(std::initializer_list<const conf::Config*> configs) {
    core::WatchedPaths paths{.files = {}, .trees = {}, .endings = {".pem", ".der", ".resp"}};
    for (const conf::Config* config : configs) {
        if (config == nullptr) continue;
        paths.files.push_back(config->file);
        if (!config->tls.ticket_keys.empty()) paths.files.push_back(config->tls.ticket_keys);
        if (!config->resumption.keys.empty()) paths.files.push_back(config->resumption.keys);
        if (!config->log.pseudonym_key.empty()) paths.files.push_back(config->log.pseudonym_key);
        for (const conf::Pool& pool : config->pools) {
            for (const conf::Backend& backend : pool.backends) {
                if (!backend.ca_file.empty()) paths.files.push_back(backend.ca_file);
            }
        }
        if (!config->tls.cert_dir.empty()) paths.trees.push_back(config->tls.cert_dir);
    }
    return paths;
}

void ConfigWatch::watch(core::WatchedPaths paths) {
    files_.set_paths(std::move(paths));
    if (files_.problem().empty()) return;
    core::Log(core::Severity::warn, "files_not_watched")
        .with("why", files_.problem())
        .with("remedy", "changes of files count after `stanzagate reload` or SIGHUP");
}

}  // namespace proxy
