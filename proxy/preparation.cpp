#include "proxy/preparation.h"

#include <algorithm>
#include <utility>

#include "core/listener.h"
#include "core/log.h"

namespace proxy {

namespace {

core::Result<std::shared_ptr<const core::CertificateStore>, std::string> load_certificates(
    const conf::Config& config) {
    auto loaded = core::CertificateStore::load(config.tls.cert_dir);
    if (!loaded) return core::fail(sentence(loaded.error()));
    for (const auto& note : (*loaded)->notes()) {
        core::Log(core::Severity::warn, "certificate_note")
            .with("file", note.file.string())
            .with("what", note.what);
    }
    return std::move(loaded).value();
}

/// Own keys outlive a reload, or every client would have to shake hands in full again.
core::Result<std::shared_ptr<const core::TicketKeys>, std::string> find_ticket_keys(
    const conf::Config& config, const InUse& in_use) {
    if (config.tls.ticket_keys.empty()) {
        const bool has_own = in_use.config != nullptr && in_use.config->tls.ticket_keys.empty();
        return has_own ? in_use.ticket_keys : core::TicketKeys::generate();
    }
    auto loaded = core::TicketKeys::load(config.tls.ticket_keys);
    if (!loaded) return core::fail(sentence(loaded.error()));
    return std::move(loaded).value();
}

bool is_listening(const conf::Config* config, const core::Endpoint& address) {
    return config != nullptr &&
           std::any_of(config->listen.begin(), config->listen.end(),
                       [&](const conf::Listen& listen) { return listen.address == address; });
}

core::Result<PreparedListener, std::string> bind_listener(const conf::Listen& listen,
                                                          unsigned workers) {
    PreparedListener bound{.settings = listen, .sockets = {}};
    for (unsigned i = 0; i < workers; ++i) {
        auto socket = core::Listener::bind(listen.address, listen.backlog);
        if (!socket) {
            return core::fail("cannot listen on " + listen.address.to_string() + ": " +
                              socket.error() + "; is another server using this port?");
        }
        bound.sockets.push_back(std::move(socket).value());
    }
    return bound;
}

}  // namespace

core::Result<Preparation, std::string> prepare(std::shared_ptr<const conf::Config> config,
                                               const InUse& in_use, PoolControl& control,
                                               unsigned workers) {
    Preparation made;
    made.config = config;
    auto certificates = load_certificates(*config);
    if (!certificates) return core::fail(certificates.error());
    auto keys = find_ticket_keys(*config, in_use);
    if (!keys) return core::fail(keys.error());
    made.ticket_keys = std::move(keys).value();
    for (unsigned i = 0; i < workers; ++i) {
        auto tls = WorkerTls::create(*config, *certificates, made.ticket_keys);
        if (!tls) return core::fail(sentence(tls.error()));
        made.tls.push_back(std::move(tls).value());
    }
    auto plan = control.plan(config);
    if (!plan) return core::fail(plan.error());
    made.plan = std::move(plan).value();
    for (const conf::Listen& listen : config->listen) {
        if (is_listening(in_use.config.get(), listen.address)) {
            made.listeners.push_back({.settings = listen, .sockets = {}});
            continue;
        }
        auto bound = bind_listener(listen, workers);
        if (!bound) return core::fail(bound.error());
        made.listeners.push_back(std::move(bound).value());
    }
    return made;
}

}  // namespace proxy
