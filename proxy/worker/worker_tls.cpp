#include "proxy/worker/worker_tls.h"

#include <algorithm>
#include <utility>

namespace proxy {

namespace {

/// Whether a [domain] stands for this name; asked for the words of a refusal alone.
bool serves(const conf::Config& config, std::string_view name) {
    const std::size_t dot = std::min(name.find('.'), name.size());
    const std::string wildcard = "*" + std::string(name.substr(dot));
    return std::any_of(config.domains.begin(), config.domains.end(), [&](const auto& domain) {
        return domain.name == name || domain.name == wildcard || domain.name == "*";
    });
}

}  // namespace

core::Result<core::NamelessClients, core::TlsProblem> nameless_clients(
    const conf::Config& config, const core::CertificateStore& certificates) {
    const std::string& chosen = config.tls.default_domain;
    if (chosen == conf::Tls::kNobody) return core::NamelessClients{.are_refused = true};
    core::NamelessClients nameless{.get = chosen};
    for (const conf::Domain& domain : config.domains) nameless.domains.push_back(domain.name);
    const core::CertificateFolder* folder = certificates.find_for(nameless);
    if (!chosen.empty() && folder == nullptr)
        return core::fail(
            core::TlsProblem{config.file, "[tls] default: there is no certificate for \"" + chosen +
                                              "\"; name a domain that has one, or \"none\""});
    return core::NamelessClients{.get = folder != nullptr ? folder->name : std::string()};
}

bool tells_channel_bindings(const conf::Config& config) {
    const auto is_told = [](const conf::Backend& backend) {
        return backend.channel_binding == conf::ChannelBinding::told;
    };
    return std::ranges::any_of(config.pools, [&](const conf::Pool& pool) {
        return std::ranges::any_of(pool.backends, is_told);
    });
}

core::Result<WorkerTls, core::TlsProblem> WorkerTls::create(
    const std::shared_ptr<const conf::Config>& config,
    std::shared_ptr<const core::CertificateStore> certificates,
    std::shared_ptr<const core::TicketKeys> ticket_keys) {
    auto nameless = nameless_clients(*config, *certificates);
    if (!nameless) return core::fail(nameless.error());
    core::TlsServerSettings settings{
        .min_version =
            config->tls.min_version == conf::TlsVersion::v1_3 ? TLS1_3_VERSION : TLS1_2_VERSION,
        .record_layer = config->tls.record_layer == conf::RecordLayer::compact
                            ? core::RecordLayer::compact
                            : core::RecordLayer::openssl,
        .ticket_lifetime = config->tls.ticket_lifetime,
        .alpn = {},
        .nameless = std::move(nameless).value(),
        .serves = [config](std::string_view name) { return serves(*config, name); }};
    WorkerTls made;
    const std::string xmpp = "xmpp-client";
    const std::string http = "http/1.1";
    const auto make = [&](std::vector<std::string> protocols,
                          std::unique_ptr<core::TlsServerContext>& place) {
        settings.alpn = std::move(protocols);
        auto context = core::TlsServerContext::create(certificates, ticket_keys, settings);
        if (context) place = std::move(context).value();
        return context ? core::Result<void, core::TlsProblem>() : core::fail(context.error());
    };
    if (auto done = make({}, made.starttls); !done) return core::fail(done.error());
    if (auto done = make({xmpp}, made.direct_tls); !done) return core::fail(done.error());
    if (auto done = make({http}, made.web); !done) return core::fail(done.error());
    if (auto done = make({http, xmpp}, made.web_with_xmpp); !done) return core::fail(done.error());
    auto backend = BackendTls::create(*config);
    if (!backend) return core::fail(backend.error());
    made.backend = std::move(backend).value();
    return made;
}

std::string sentence(const core::TlsProblem& problem) {
    return problem.file.empty() ? problem.what : problem.file.string() + ": " + problem.what;
}

}  // namespace proxy
