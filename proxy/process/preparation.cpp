#include "proxy/process/preparation.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "core/listener.h"
#include "core/log.h"
#include "proxy/legs/keepalives.h"

namespace proxy {

namespace {

core::Result<std::shared_ptr<const core::CertificateStore>, std::string> load_certificates(
    const conf::Config& config, const InUse& in_use) {
    // Another cert_dir is another configuration, which is taken as a whole or not at all.
    const bool is_renewal =
        in_use.certificates != nullptr && in_use.config->tls.cert_dir == config.tls.cert_dir;
    auto loaded = is_renewal
                      ? core::CertificateStore::renew(config.tls.cert_dir, *in_use.certificates,
                                                      config.tls.default_domain)
                      : core::CertificateStore::load(config.tls.cert_dir);
    if (!loaded) return core::fail(sentence(loaded.error()));
    for (const auto& note : (*loaded)->notes()) {
        core::Log(core::Severity::warn, "certificate_note")
            .with("file", note.file.string())
            .with("what", note.what)
            .with("remedy", note.remedy);
    }
    return std::move(loaded).value();
}

/// `file` as the configuration in use names it, and the keys that it led to.
struct KeysInUse {
    const std::filesystem::path* file;  // null at the start
    std::shared_ptr<const core::TicketKeys> keys;
};

/// Own keys outlive a reload, or every client would have to shake hands in full again.
core::Result<std::shared_ptr<const core::TicketKeys>, std::string> find_keys(
    const std::filesystem::path& file, const KeysInUse& in_use) {
    if (file.empty()) {
        const bool has_own = in_use.file == nullptr || in_use.file->empty();
        return has_own && in_use.keys != nullptr ? in_use.keys : core::TicketKeys::generate();
    }
    auto loaded = core::TicketKeys::load(file);
    if (!loaded) return core::fail(sentence(loaded.error()));
    return std::move(loaded).value();
}

/// `is_same` compares an address that is listened on already.
template <class IsSame>
bool is_listening(const conf::Config* config, const IsSame& is_same) {
    return config != nullptr &&
           std::any_of(config->listen.begin(), config->listen.end(),
                       [&](const conf::Listen& listen) { return is_same(listen.address); });
}

/// The sockets of this address that another process listens on, too.
std::vector<core::Fd> take_handed(std::vector<HandedSocket>* handed,
                                  const core::Endpoint& address) {
    std::vector<core::Fd> taken;
    if (handed == nullptr) return taken;
    for (HandedSocket& each : *handed)
        if (each.address == address) taken.push_back(std::move(each.socket));
    std::erase_if(*handed, [&](const HandedSocket& each) { return each.address == address; });
    return taken;
}

/// Binds what is not bound yet.
core::Result<std::vector<PreparedListener>, std::string> bind_listeners(
    const conf::Config& config, const conf::Config* in_use, std::vector<HandedSocket>* handed,
    unsigned workers) {
    std::vector<PreparedListener> made;
    for (const conf::Listen& listen : config.listen) {
        // Our own sockets of one port may overlap: "0.0.0.0" and "[::]".
        const auto is_same_port = [&](const core::Endpoint& other) {
            return other.port() == listen.address.port();
        };
        if (is_listening(in_use, is_same_port)) continue;
        const bool is_handed =
            handed != nullptr && std::any_of(handed->begin(), handed->end(), [&](const auto& each) {
                return is_same_port(each.address);
            });
        if (is_handed) continue;
        const auto is_free = core::Listener::check_free(listen.address);
        if (!is_free) return core::fail(core::cannot_listen(listen.address, is_free.error()));
    }
    for (const conf::Listen& listen : config.listen) {
        made.push_back({.settings = listen, .sockets = {}});
        const auto is_same = [&](const core::Endpoint& other) { return other == listen.address; };
        if (is_listening(in_use, is_same)) continue;
        std::vector<core::Fd>& all = made.back().sockets;
        all = take_handed(handed, listen.address);
        const auto more = workers - std::min<unsigned>(workers, static_cast<unsigned>(all.size()));
        auto sockets = core::Listener::bind_shared(
            listen.address, {.backlog = listen.backlog, .keepalive = kClientKeepalive}, more);
        if (!sockets) return core::fail(core::cannot_listen(listen.address, sockets.error()));
        std::move(sockets->begin(), sockets->end(), std::back_inserter(all));
    }
    return made;
}

}  // namespace

core::Result<Preparation, std::string> prepare(std::shared_ptr<const conf::Config> config,
                                               const InUse& in_use, PoolControl& control,
                                               unsigned workers) {
    Preparation made;
    made.config = config;
    auto certificates = load_certificates(*config, in_use);
    if (!certificates) return core::fail(certificates.error());
    made.certificates = std::move(certificates).value();
    const conf::Config* before = in_use.config.get();
    auto keys = find_keys(config->tls.ticket_keys,
                          {before ? &before->tls.ticket_keys : nullptr, in_use.ticket_keys});
    if (!keys) return core::fail(keys.error());
    made.ticket_keys = std::move(keys).value();
    keys = find_keys(config->resumption.keys,
                     {before ? &before->resumption.keys : nullptr, in_use.resumption_keys});
    if (!keys) return core::fail(keys.error());
    made.resumption_keys = std::move(keys).value();
    if (!config->log.pseudonym_key.empty()) {
        auto key = load_pseudonym_key(config->log.pseudonym_key);
        if (!key) return core::fail(sentence(key.error()));
        made.pseudonym_key = std::move(key).value();
    }
    for (unsigned i = 0; i < workers; ++i) {
        auto tls = WorkerTls::create(config, made.certificates, made.ticket_keys);
        if (!tls) return core::fail(sentence(tls.error()));
        made.tls.push_back(std::move(tls).value());
    }
    auto plan = control.plan(config, made.certificates);
    if (!plan) return core::fail(plan.error());
    made.plan = std::move(plan).value();
    auto listeners = bind_listeners(*config, in_use.config.get(), in_use.handed, workers);
    if (!listeners) return core::fail(listeners.error());
    made.listeners = std::move(listeners).value();
    return made;
}

std::vector<WorkerSettings> worker_settings(Preparation made, const Routing& routing) {
    std::vector<WorkerSettings> settings;
    const std::size_t workers = made.tls.size();
    for (std::size_t worker = 0; worker < workers; ++worker) {
        WorkerSettings each{.config = made.config,
                            .routing = routing,
                            .tls = std::move(made.tls[worker]),
                            .listeners = {}};
        for (PreparedListener& listener : made.listeners) {
            if (listener.sockets.empty()) each.listeners.push_back({listener.settings, core::Fd()});
            // Where a process with more workers has listened, some have several.
            for (std::size_t i = worker; i < listener.sockets.size(); i += workers)
                each.listeners.push_back({listener.settings, std::move(listener.sockets[i])});
        }
        settings.push_back(std::move(each));
    }
    return settings;
}

}  // namespace proxy
