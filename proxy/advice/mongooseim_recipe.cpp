// Facts: MongooseIM 6.1 to 6.7.

#include <fmt/format.h>

#include "proxy/advice/server_recipes.h"
#include "proxy/advice/settings_text.h"

namespace proxy {

Recipe mongooseim_recipe(const conf::Config& config, const conf::Pool& pool) {
    Recipe recipe;
    SettingsText text("#");
    const auto domains = domains_of(config, pool);
    if (pool.backends.size() > 1 && !pool.resume_anywhere)
        recipe.here.push_back(
            fmt::format("[pool.{}] resume_anywhere = true: each node of a cluster resumes what the "
                        "others hold, as long as they live.",
                        pool.name));
    text.note("In mongooseim.toml:");
    for (const conf::Backend& backend : pool.backends) {
        if (backend.proxy == conf::ProxyProtocol::off)
            recipe.here.push_back(
                place_of(pool, backend) +
                ": proxy = \"v2\", so that MongooseIM sees the clients' addresses.");
        advise_on_binding(recipe, pool, backend);
        if (pool.backends.size() > 1) text.note(fmt::format("on {}:", backend.host));
        text.line("[[listen.c2s]]");
        text.line(fmt::format("  port = {}", backend.port));
        if (const std::string own = own_address(backend); !own.empty())
            text.line(fmt::format("  ip_address = \"{}\"", own), "reached by stanzagate alone");
        if (backend.proxy != conf::ProxyProtocol::off)
            text.line("  proxy_protocol = true", "who the client is");
        text.line(fmt::format("  max_stanza_size = {}", config.limits.stanza),
                  "as [limits] stanza has it");
        text.line("  access = \"c2s\"");
        text.line("  shaper = \"c2s_shaper\"");
        if (backend.tls == conf::BackendTls::off) {
            text.note("No [listen.c2s.tls]: TLS ends in stanzagate.");
        } else {
            text.note(certificate_note(backend, domains));
            text.line("  [listen.c2s.tls]");
            text.line(fmt::format("    mode = \"{}\"", backend.tls == conf::BackendTls::direct
                                                           ? "tls"
                                                           : "starttls_required"));
        }
    }
    text.blank();
    text.line("[modules.mod_stream_management]", "clients can resume (XEP-0198)");
    text.line("  resume_timeout = 600", "for ten minutes");
    recipe.settings = text.text();
    recipe.notes.push_back(
        "MongooseIM 6.7 or later: an earlier version that offers no -PLUS refuses SCRAM to every "
        "client that could bind channels, behind a proxy or not.");
    recipe.notes.push_back(
        "SASL2, Bind 2 and FAST are offered on a link with TLS alone: tls = \"starttls\" here, and "
        "auth.sasl_mechanisms without scram_*_plus there.");
    return recipe;
}

}  // namespace proxy
