// Rules of the web front. Each is one function; check_web at the end lists them.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

#include "conf/check.h"
#include "conf/units.h"
#include "conf/web_address.h"
#include "conf/words.h"

namespace conf {
namespace {

// --- listeners

std::string listen_key(std::size_t index, std::string_view key) {
    return fmt::format("listen[{}].{}", index, key);
}

/// A key that listeners of one kind alone hear.
void check_kind_of(const Config& config, std::size_t index, std::string_view key, ListenKind kind,
                   std::string_view hint, Findings& findings) {
    const Listen& listen = config.listen[index];
    if (listen.kind == kind || findings.has_error(listen_key(index, "kind"))) return;
    const std::span<const Choice<ListenKind>> kinds(kListenKinds);
    findings.error(findings.place_of(listen_key(index, key)),
                   {listen_key(index, key), "listen " + in_quotes(listen.address.to_string()),
                    fmt::format("\"{}\" is for kind = \"{}\" alone, and this is \"{}\"", key,
                                word_of(kinds, kind), word_of(kinds, listen.kind)),
                    std::string(hint)});
}

/// Who believes everybody might as well not ask.
void check_not_everybody(const std::vector<core::AddressBlock>& blocks, const std::string& key,
                         const Listen& listen, Findings& findings) {
    const auto holds_all = [](const core::AddressBlock& block) {
        return block.to_string().ends_with("/0");
    };
    if (std::none_of(blocks.begin(), blocks.end(), holds_all)) return;
    findings.warn(findings.place_of(key), {key, "listen " + in_quotes(listen.address.to_string()),
                                           "whoever connects may say which address he has",
                                           "write the addresses of your proxies alone"});
}

void check_web_listeners(const Config& config, Findings& findings) {
    for (std::size_t i = 0; i < config.listen.size(); ++i) {
        const Listen& listen = config.listen[i];
        if (listen.xmpp)
            check_kind_of(config, i, "xmpp", ListenKind::web,
                          "remove it; \"c2s-tls\" is direct TLS alone", findings);
        if (!listen.trust.empty())
            check_kind_of(config, i, "trust", ListenKind::web_clear,
                          "remove it; write accept_proxy for proxies that send PROXY headers",
                          findings);
        check_not_everybody(listen.accept_proxy, listen_key(i, "accept_proxy"), listen, findings);
        check_not_everybody(listen.trust, listen_key(i, "trust"), listen, findings);
    }
}

// --- paths

constexpr std::string_view kWellKnown = "/.well-known/";  // RFC 8615
constexpr std::array<std::string_view, 3> kOwnWellKnown{
    "/.well-known/host-meta", "/.well-known/host-meta.json", "/.well-known/acme-challenge/"};

/// Bosh and websocket: names of keys, and what they serve.
std::array<std::pair<std::string_view, const std::string*>, 2> endpoints(const Web& web) {
    return {{{"bosh", &web.bosh}, {"websocket", &web.websocket}}};
}

void check_endpoints(const Web& web, Findings& findings) {
    for (const auto& [key, path] : endpoints(web)) {
        if (!path->starts_with(kWellKnown)) continue;
        const std::string place = joined_key("web", key);
        findings.error(findings.place_of(place),
                       {place, "web", fmt::format("\"{}\" lies below {}", key, kWellKnown),
                        "host-meta and certificates have their places there; write another path"});
    }
    if (web.bosh.empty() || web.bosh != web.websocket) return;
    const std::string place = findings.has("web.websocket") ? "web.websocket" : "web.bosh";
    findings.error(findings.place_of(place),
                   {place, "web", "\"bosh\" and \"websocket\" are the same path",
                    "write two, or \"\" for the one that is not wanted"});
}

// --- forwarded paths

struct Console {
    std::string_view server;
    std::uint16_t port;     // 0: any
    std::string_view path;  // "": any
};

/// Where servers let themselves be administrated, sometimes without a password (Openfire's /setup).
constexpr std::array kConsoles{
    Console{"Openfire", 9090, ""},       Console{"Openfire", 9091, ""},
    Console{"Openfire", 0, "/setup/"},   Console{"Openfire", 0, "/login.jsp"},
    Console{"Openfire", 0, "/plugins/"}, Console{"the server", 0, "/admin/"}};
constexpr std::uint16_t kEjabberdPort = 5280;

bool is_console(const WebForward& forward, const Console& console) {
    if (console.port != 0) return forward.port == console.port;
    // "/admin" as well as "/admin/" and what is below.
    const std::string below = forward.path.ends_with('/') ? forward.path : forward.path + '/';
    return below.starts_with(console.path) || forward.path == console.path;
}

void check_console(const WebForward& forward, const std::string& key, Findings& findings) {
    const auto found = std::find_if(kConsoles.begin(), kConsoles.end(),
                                    [&](const Console& each) { return is_console(forward, each); });
    const bool is_ejabberd = forward.port == kEjabberdPort && covers(forward.path, "/admin/");
    if (found == kConsoles.end() && !is_ejabberd) return;
    findings.warn(findings.place_of(key),
                  {key, forward_title(forward),
                   fmt::format("this would publish the administration console of {}",
                               is_ejabberd ? "ejabberd" : found->server),
                   "forward the paths that clients need, at a port without console"});
}

/// Each path has one owner.
class ForwardPaths {
public:
    ForwardPaths(const Web& web, Findings& findings) : web_(web), findings_(findings) {}

    void check() {
        for (std::size_t i = 0; i < web_.forwards.size(); ++i) {
            const WebForward& forward = web_.forwards[i];
            if (forward.path.empty()) continue;  // could not be read
            const std::string table = fmt::format("web.forward[{}]", i);
            check_owner(forward, table + ".path");
            check_console(forward, table, findings_);
        }
    }

private:
    void check_owner(const WebForward& forward, const std::string& key) {
        for (const auto& [name, path] : endpoints(web_)) {
            if (forward.path != *path) continue;
            error(forward, key, fmt::format("\"{}\" serves this path itself", name),
                  fmt::format("write {} = \"\" in [web] to forward it", name));
        }
        const bool is_own =
            std::any_of(kOwnWellKnown.begin(), kOwnWellKnown.end(),
                        [&](std::string_view own) { return covers(own, forward.path); });
        if (is_own)
            error(forward, key, "this path is not forwarded: it is answered here", "remove it");
        const auto [first, is_new] = seen_.emplace(forward.path, key);
        if (is_new) return;
        error(
            forward, key, "this path is forwarded twice",
            fmt::format("first on line {}", findings_.line_of(findings_.place_of(first->second))));
    }

    void error(const WebForward& forward, const std::string& key, std::string what,
               std::string hint) {
        findings_.error(findings_.place_of(key),
                        {key, forward_title(forward), std::move(what), std::move(hint)});
    }

    const Web& web_;
    Findings& findings_;
    std::map<std::string_view, std::string> seen_;  // path -> key
};

// --- limits

void check_bosh_body(const Config& config, Findings& findings) {
    const bool is_read =
        !findings.has_error("web.bosh_body") && !findings.has_error("limits.stanza");
    if (!is_read || config.web.bosh.empty() || config.web.bosh_body > config.limits.stanza) return;
    if (!findings.has("web")) return;
    const std::string key = findings.has("web.bosh_body") ? "web.bosh_body" : "limits.stanza";
    findings.warn(findings.place_of(key),
                  {key, "web",
                   fmt::format("bosh_body ({}) does not hold a stanza of [limits] stanza ({})",
                               size_text(config.web.bosh_body), size_text(config.limits.stanza)),
                   "twice as much is a good bosh_body"});
}

}  // namespace

void check_web(const Config& config, Findings& findings) {
    check_web_listeners(config, findings);
    check_endpoints(config.web, findings);
    ForwardPaths(config.web, findings).check();
    check_bosh_body(config, findings);
}

std::string forward_title(const WebForward& forward) {
    return "web.forward " + in_quotes(forward.path);
}

}  // namespace conf
