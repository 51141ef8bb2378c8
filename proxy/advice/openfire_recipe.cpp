// Facts: Openfire 4.8 to 5.1.

#include <fmt/format.h>

#include "proxy/advice/server_recipes.h"
#include "proxy/advice/settings_text.h"

namespace proxy {

namespace {

constexpr std::uint64_t kOpenfireStanza = 1024 * 1024;

}  // namespace

Recipe openfire_recipe(const conf::Config& config, const conf::Pool& pool) {
    Recipe recipe;
    SettingsText text("#");
    const auto domains = domains_of(config, pool);
    if (config.limits.stanza < kOpenfireStanza)
        recipe.here.push_back(
            "[limits] stanza = \"1MiB\", which is Openfire's own limit: with less, large avatars "
            "end the stream.");
    if (pool.resume_anywhere)
        recipe.here.push_back(fmt::format(
            "[pool.{}] resume_anywhere = false: a session resumes at its own node alone.",
            pool.name));
    bool is_clear = false;
    for (const conf::Backend& backend : pool.backends) {
        is_clear = is_clear || backend.tls == conf::BackendTls::off;
        if (backend.proxy != conf::ProxyProtocol::off)
            recipe.here.push_back(place_of(pool, backend) +
                                  ": proxy = \"off\": Openfire knows no PROXY protocol there.");
        advise_on_binding(recipe, pool, backend);
    }
    text.note("System properties (Server > Server Manager > System Properties):");
    if (is_clear) {
        text.line("xmpp.client.tls.policy=optional");
        text.note(
            "from 5.1 on: the SCRAM-SHA-1-PLUS of its default cannot work behind a clear "
            "link, and clients that could bind channels are refused");
        text.line("sasl.mechs=PLAIN,SCRAM-SHA-1");
    } else {
        text.line("xmpp.client.tls.policy=required");
        text.note(certificate_note(pool.backends.front(), domains));
    }
    recipe.settings = text.text();
    recipe.notes.push_back(
        "Which lost clients can resume depends on its version: 4.8 to 5.0 keep a session only with "
        "on_client_loss = \"reset\" here, 5.1 and later only with \"fin\", the default.");
    recipe.notes.push_back("Openfire sees the address of stanzagate in place of the clients'.");
    return recipe;
}

}  // namespace proxy
