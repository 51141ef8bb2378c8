// Facts: Prosody 0.12 and 13, mod_net_proxy and mod_secure_interfaces of the community modules.

#include <fmt/format.h>

#include <algorithm>

#include "proxy/advice/server_recipes.h"
#include "proxy/advice/settings_text.h"

namespace proxy {

namespace {

void add_proxied_port(SettingsText& text, const conf::Backend& backend) {
    const std::string own = own_address(backend);
    text.note(
        "mod_net_proxy is a community module: Debian 13 has it in prosody-modules, Debian "
        "12 lacks it. Add \"net_proxy\" to modules_enabled.");
    text.line(fmt::format("proxy_ports = {{ {} }}", backend.port));
    if (!own.empty()) text.line(fmt::format("proxy_interfaces = {{ \"{}\" }}", own));
    text.line(fmt::format("proxy_port_mappings = {{ [{}] = \"c2s\" }}", backend.port));
    text.line(fmt::format("proxy_trusted_proxies = {{ \"{}\" }}", kOurAddress),
              "whose header is believed");
}

void add_port(SettingsText& text, const conf::Backend& backend) {
    const std::string own = own_address(backend);
    const bool is_direct = backend.tls == conf::BackendTls::direct;
    text.line(fmt::format("c2s_{}ports = {{ {} }}", is_direct ? "direct_tls_" : "", backend.port));
    if (own.empty()) {
        text.note("Let it listen where only stanzagate reaches it (c2s_interfaces).");
    } else {
        text.line(
            fmt::format("c2s_{}interfaces = {{ \"{}\" }}", is_direct ? "direct_tls_" : "", own),
            "reached by stanzagate alone");
    }
}

}  // namespace

Recipe prosody_recipe(const conf::Config& config, const conf::Pool& pool) {
    Recipe recipe;
    SettingsText text("--");
    const auto domains = domains_of(config, pool);
    if (pool.backends.size() > 1)
        recipe.here.push_back(
            "Prosody cannot be clustered: give each Prosody a pool and domains of its own.");
    if (pool.resume_anywhere)
        recipe.here.push_back(fmt::format(
            "[pool.{}] resume_anywhere = false: Prosody keeps sessions in its own memory.",
            pool.name));
    for (const conf::Backend& backend : pool.backends) {
        advise_on_binding(recipe, pool, backend);
        text.note(
            fmt::format("Above the first VirtualHost of prosody.cfg.lua, on {}:",
                        backend.host.empty() ? "each server of " + backend.srv : backend.host));
        if (backend.proxy == conf::ProxyProtocol::off) {
            add_port(text, backend);
        } else {
            add_proxied_port(text, backend);
        }
        if (backend.tls == conf::BackendTls::off) {
            text.line("c2s_require_encryption = false", "TLS ends in stanzagate");
            text.line("allow_unencrypted_plain_auth = true", "so does that of PLAIN");
        } else {
            text.note(certificate_note(backend, domains));
            if (backend.channel_binding == conf::ChannelBinding::same_certificate)
                text.line("tls_server_end_point_hash = \"auto\"", "Prosody 13: logins bind to it");
        }
        text.line("smacks_hibernation_time = 600", "clients may resume for ten minutes");
        text.blank();
    }
    text.note("In modules_enabled: \"smacks\", with which clients can resume (XEP-0198).");
    recipe.settings = text.text();
    if (std::any_of(pool.backends.begin(), pool.backends.end(),
                    [](const auto& each) { return each.proxy == conf::ProxyProtocol::off; }))
        recipe.notes.push_back(
            "Without mod_net_proxy Prosody sees the address of stanzagate in place of the "
            "clients', so leave mod_limits at numbers that fit all of them together.");
    recipe.notes.push_back(
        "Each health check is a line \"Client connected\" and one \"Client disconnected\" in its "
        "log; [pool.NAME.health] every makes them rarer.");
    return recipe;
}

}  // namespace proxy
