// Facts: ejabberd 23.01 to 26.07.

#include <fmt/format.h>

#include "proxy/advice/server_recipes.h"
#include "proxy/advice/settings_text.h"

namespace proxy {

Recipe ejabberd_recipe(const conf::Config& config, const conf::Pool& pool) {
    Recipe recipe;
    SettingsText text("#");
    const auto domains = domains_of(config, pool);
    if (pool.backends.size() > 1 && !pool.resume_anywhere)
        recipe.here.push_back(
            fmt::format("[pool.{}] resume_anywhere = true: each node of a cluster resumes what the "
                        "others hold, as long as they live.",
                        pool.name));
    text.note("In ejabberd.yml, an entry in the list of listeners:");
    text.line("listen:");
    for (const conf::Backend& backend : pool.backends) {
        const bool is_clear = backend.tls == conf::BackendTls::off;
        if (backend.proxy == conf::ProxyProtocol::off)
            recipe.here.push_back(
                place_of(pool, backend) +
                ": proxy = \"v2\", so that ejabberd sees the clients' addresses.");
        advise_on_binding(recipe, pool, backend);
        if (pool.backends.size() > 1) text.note(fmt::format("on {}:", backend.host));
        text.line(fmt::format("  - port: {}", backend.port));
        if (const std::string own = own_address(backend); !own.empty())
            text.line(fmt::format("    ip: \"{}\"", own), "reached by stanzagate alone");
        text.line("    module: ejabberd_c2s");
        text.line(fmt::format("    max_stanza_size: {}", config.limits.stanza),
                  "as [limits] stanza has it");
        if (backend.proxy != conf::ProxyProtocol::off)
            text.line("    use_proxy_protocol: true", "who the client is");
        if (is_clear) {
            text.line("    starttls: false", "TLS ends in stanzagate");
            text.note(
                "ejabberd 24.10 and later: SASL2, Bind 2 and FAST need it, and so does SCRAM "
                "of clients that could bind channels.");
            text.line("#   allow_unencrypted_sasl2: true");
        } else {
            text.line(backend.tls == conf::BackendTls::direct ? "    tls: true"
                                                              : "    starttls_required: true");
            text.note(certificate_note(backend, domains));
        }
    }
    text.blank();
    text.note("In the list of modules, so that clients can resume (XEP-0198):");
    text.line("modules:");
    text.line("  mod_stream_mgmt:");
    text.line("    resume_timeout: 600", "for ten minutes; the default is five");
    recipe.settings = text.text();
    recipe.notes.push_back(
        "A check of your own must send a whole PROXY header, too: a silent connection holds up the "
        "others at such a port.");
    recipe.notes.push_back(
        "Each health check is a line \"Accepted connection\" in its log; [pool.NAME.health] every "
        "makes them rarer.");
    return recipe;
}

}  // namespace proxy
