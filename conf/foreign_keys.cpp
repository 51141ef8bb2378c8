// Words are looked for in the table of their kind of table.

#include "conf/foreign_keys.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "conf/address.h"
#include "conf/findings.h"
#include "core/ascii.h"

namespace conf {
namespace {

enum class Kind : std::uint8_t { listen, pool, health, backend, store, web, forward, other };

Kind kind_of(std::string_view path) {
    if (path.starts_with("listen")) return Kind::listen;
    if (path == "web") return Kind::web;
    if (path.starts_with("web.forward")) return Kind::forward;
    if (path == "store") return Kind::store;
    if (!path.starts_with("pool.")) return Kind::other;
    if (path.ends_with(']')) return Kind::backend;
    return path.ends_with(".health") ? Kind::health : Kind::pool;
}

struct Word {
    Kind kind;
    std::string_view written;  // in lower case, with "_"
    std::string_view key;
    std::string_view hint;
};

constexpr std::string_view kPlace = "";  // the hint is made of what stands in the table
constexpr std::string_view kCertificates =
    "certificates stand in the folder of [tls] cert_dir, as DOMAIN/fullchain.pem and "
    "DOMAIN/privkey.pem";
constexpr std::string_view kOwnCertificate =
    "remove it: backends are shown no certificate; those for clients stand in [tls] cert_dir";
constexpr std::string_view kListenTls =
    "write kind = \"c2s-tls\" for direct TLS, \"c2s\" for STARTTLS";
constexpr std::string_view kListenKind =
    "write kind = \"c2s\" for STARTTLS, \"c2s-tls\" for direct TLS, \"web\" for HTTPS";
constexpr std::string_view kAcceptProxy =
    "write accept_proxy = [\"10.0.0.0/8\"], the addresses of the proxies that send it";
constexpr std::string_view kWebListener =
    "write [[listen]] with address = \"0.0.0.0:443\" and kind = \"web\"";
constexpr std::string_view kOrigins = "write origins = [\"https://chat.example.org\"]";
constexpr std::string_view kForwardTo =
    "write pool = \"main\", and port = 5280 where its servers speak HTTP";
constexpr std::string_view kWriteTls = "write tls = \"starttls\" or tls = \"direct\"";

constexpr std::array kWords{
    Word{Kind::listen, "port", "address", kPlace},
    Word{Kind::listen, "ip", "address", kPlace},
    Word{Kind::listen, "host", "address", kPlace},
    Word{Kind::listen, "bind", "address", kPlace},
    Word{Kind::listen, "interface", "address", kPlace},
    Word{Kind::listen, "listen", "address", kPlace},
    Word{Kind::listen, "tls", "", kListenTls},
    Word{Kind::listen, "ssl", "", kListenTls},
    Word{Kind::listen, "starttls", "", kListenTls},
    Word{Kind::listen, "direct_tls", "", kListenTls},
    Word{Kind::listen, "type", "kind", kListenKind},
    Word{Kind::listen, "mode", "kind", kListenKind},
    Word{Kind::listen, "protocol", "kind", kListenKind},
    Word{Kind::listen, "proxy", "accept_proxy", kAcceptProxy},
    Word{Kind::listen, "proxy_protocol", "accept_proxy", kAcceptProxy},
    Word{Kind::listen, "trusted_proxies", "accept_proxy",
         "write accept_proxy for proxies that send PROXY headers, trust for those that send "
         "X-Forwarded-For"},
    Word{Kind::web, "port", "", kWebListener},
    Word{Kind::web, "listen", "", kWebListener},
    Word{Kind::web, "address", "", kWebListener},
    Word{Kind::web, "tls", "", kWebListener},
    Word{Kind::web, "ssl", "", kWebListener},
    Word{Kind::web, "cors", "origins", kOrigins},
    Word{Kind::web, "cors_origins", "origins", kOrigins},
    Word{Kind::web, "allowed_origins", "origins", kOrigins},
    Word{Kind::web, "allow_origins", "origins", kOrigins},
    Word{Kind::web, "allow_origin", "origins", kOrigins},
    Word{Kind::web, "origin", "origins", kOrigins},
    Word{Kind::web, "access_control_allow_origin", "origins", kOrigins},
    Word{Kind::web, "http_bind", "bosh", "write bosh = \"/http-bind\""},
    Word{Kind::web, "bosh_path", "bosh", "write bosh = \"/http-bind\""},
    Word{Kind::web, "ws", "websocket", "write websocket = \"/xmpp-websocket\""},
    Word{Kind::web, "websocket_path", "websocket", "write websocket = \"/xmpp-websocket\""},
    Word{Kind::web, "url", "public_url", "write public_url = \"https://chat.example.org\""},
    Word{Kind::web, "external_url", "public_url",
         "write public_url = \"https://chat.example.org\""},
    Word{Kind::web, "acme", "acme_challenge", "write acme_challenge = \"FOLDER\""},
    Word{Kind::forward, "prefix", "path", "write path = \"/upload/\""},
    Word{Kind::forward, "location", "path", "write path = \"/upload/\""},
    Word{Kind::forward, "backend", "pool", kForwardTo},
    Word{Kind::forward, "upstream", "pool", kForwardTo},
    Word{Kind::forward, "target", "pool", kForwardTo},
    Word{Kind::forward, "url", "pool", kForwardTo},
    Word{Kind::forward, "proxy_pass", "pool", kForwardTo},
    Word{Kind::forward, "address", "pool", kForwardTo},
    Word{Kind::forward, "affinity", "sticky", "write sticky"},
    Word{Kind::forward, "stickiness", "sticky", "write sticky"},
    Word{Kind::forward, "tls", "", "remove it: servers are asked in clear"},
    Word{Kind::forward, "ssl", "", "remove it: servers are asked in clear"},
    Word{Kind::backend, "port", "address", kPlace},
    Word{Kind::backend, "ip", "address", kPlace},
    Word{Kind::backend, "host", "address", kPlace},
    Word{Kind::backend, "hostname", "address", kPlace},
    Word{Kind::backend, "server", "address", kPlace},
    Word{Kind::backend, "target", "address", kPlace},
    Word{Kind::backend, "url", "address", kPlace},
    Word{Kind::backend, "uri", "address", kPlace},
    Word{Kind::backend, "ssl", "", kWriteTls},
    Word{Kind::backend, "starttls", "", "write tls = \"starttls\""},
    Word{Kind::backend, "direct_tls", "", "write tls = \"direct\""},
    Word{Kind::backend, "ca", "", "write ca_file = \"ca.pem\""},
    Word{Kind::backend, "ca_cert", "", "write ca_file = \"ca.pem\""},
    Word{Kind::backend, "verify", "", "write tls_verify = true or tls_verify = false"},
    Word{Kind::backend, "ssl_verify", "", "write tls_verify = true or tls_verify = false"},
    Word{Kind::backend, "send_proxy", "", "write proxy = \"v2\""},
    Word{Kind::backend, "send_proxy_v2", "", "write proxy = \"v2\""},
    Word{Kind::backend, "maxconn", "", "write max_sessions"},
    Word{Kind::backend, "max_connections", "", "write max_sessions"},
    Word{Kind::backend, "backup", "", "write priority = 1: it is used when those of 0 are down"},
    Word{Kind::backend, "enabled", "", "write weight = 0 for no new sessions, 100 for its share"},
    Word{Kind::backend, "disabled", "", "write weight = 0 for no new sessions, 100 for its share"},
    Word{Kind::pool, "algorithm", "balance", "write balance = \"least-sessions\", or another one"},
    Word{Kind::pool, "policy", "balance", "write balance = \"least-sessions\", or another one"},
    Word{Kind::pool, "method", "balance", "write balance = \"least-sessions\", or another one"},
    Word{Kind::store, "file", "url", "write url = \"sqlite:FILE\""},
    Word{Kind::store, "path", "url", "write url = \"sqlite:FILE\""},
    Word{Kind::store, "database", "url", "write url = \"sqlite:FILE\""},
    Word{Kind::store, "redis", "url", "write url = \"redis://127.0.0.1:6379/0\""},
    Word{Kind::health, "interval", "every", "write every"},
    Word{Kind::health, "period", "every", "write every"},
    Word{Kind::health, "enabled", "checks", "write checks"},
};

/// Names of certificates and keys, wherever they stand.
constexpr std::array<std::string_view, 14> kPems{
    "cert",     "certs", "certificate", "certificates",   "cert_file",
    "certfile", "key",   "key_file",    "keyfile",        "private_key",
    "privkey",  "chain", "fullchain",   "ssl_certificate"};
constexpr std::array<std::string_view, 5> kMembers{"server", "servers", "members", "nodes",
                                                   "addresses"};

/// What a key may have been meant for: its value as an address needs it.
std::string text_of(const TomlNode* node) {
    if (node == nullptr) return {};
    return node->kind == TomlNode::Kind::integer ? std::to_string(node->integer) : node->text;
}

/// `address` out of all that says a part of it.
std::string place_hint(Kind kind, const TomlNode& table, std::string_view written) {
    const bool is_listener = kind == Kind::listen;
    std::string host;
    std::string port = written == "port" ? text_of(table.find("port")) : "";
    for (const char* key : {"address", "host", "hostname", "ip", "server", "target", "bind"}) {
        const std::string text = text_of(table.find(key));
        const HostPort parts = split_address(text);
        if (host.empty()) host = bracketed(parts.host);
        if (port.empty()) port = parts.port;
    }
    if (port.empty()) port = text_of(table.find("port"));
    if (host.empty() || host == "*") host = is_listener ? "0.0.0.0" : "10.0.0.11";
    if (parse_port(port) == 0) port = "5222";
    return fmt::format("write address = {}", in_quotes(host + ":" + port));
}

template <class Words>
bool holds(const Words& words, std::string_view word) {
    return std::find(words.begin(), words.end(), word) != words.end();
}

}  // namespace

std::optional<ForeignKey> foreign_key(std::string_view path, const TomlNode& table,
                                      const TomlNode& child) {
    const Kind kind = kind_of(path);
    std::string written = core::ascii_lower(child.key);
    std::replace(written.begin(), written.end(), '-', '_');
    for (const Word& word : kWords) {
        if (word.kind != kind || word.written != written) continue;
        return ForeignKey{std::string(word.key), word.hint == kPlace
                                                     ? place_hint(kind, table, written)
                                                     : std::string(word.hint)};
    }
    if (holds(kPems, written)) {
        return ForeignKey{path == "tls" ? "cert_dir" : "",
                          std::string(kind == Kind::backend ? kOwnCertificate : kCertificates)};
    }
    if (kind == Kind::pool && holds(kMembers, written)) {
        return ForeignKey{"", fmt::format("write [[{}.backend]] with address = \"10.0.0.11:5222\", "
                                          "once for each",
                                          path)};
    }
    return std::nullopt;
}

}  // namespace conf
