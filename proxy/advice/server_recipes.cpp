#include "proxy/advice/server_recipes.h"

#include <fmt/format.h>

#include "conf/findings.h"
#include "core/endpoint.h"

namespace proxy {

std::vector<std::string> domains_of(const conf::Config& config, const conf::Pool& pool) {
    std::vector<std::string> domains;
    for (const conf::Domain& domain : config.domains)
        if (domain.pool == pool.name) domains.push_back(domain.name);
    return domains;
}

std::string place_of(const conf::Pool& pool, const conf::Backend& backend) {
    return fmt::format("pool.{}.backend {}", pool.name, conf::in_quotes(backend.name));
}

void advise_on_binding(Recipe& recipe, const conf::Pool& pool, const conf::Backend& backend) {
    if (backend.channel_binding == conf::ChannelBinding::told)
        recipe.here.push_back(place_of(pool, backend) +
                              ": channel_binding = true is for stanzanode; leave it out.");
}

std::string own_address(const conf::Backend& backend) {
    return core::Endpoint::from_address(backend.host, backend.port) ? backend.host : std::string();
}

std::string certificate_note(const conf::Backend& backend,
                             const std::vector<std::string>& domains) {
    if (backend.channel_binding == conf::ChannelBinding::same_certificate)
        return "On this link it shows the certificate and key of cert_dir, the very same: logins "
               "are bound to it. Renew both sides together.";
    if (!backend.tls_verify) return "tls_verify = false: stanzagate takes any certificate.";
    return fmt::format("On this link it needs a certificate that names {}{}.",
                       fmt::format("{}", fmt::join(domains, ", ")),
                       backend.ca_file.empty()
                           ? " and that the CAs of the system know"
                           : fmt::format(" and that {} knows", backend.ca_file.string()));
}

}  // namespace proxy
