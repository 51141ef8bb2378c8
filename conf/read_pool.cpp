// One function for each table; a backend is an address or a name of SRV records.

#include "conf/read_pool.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <string_view>

#include "conf/address.h"
#include "conf/meant_address.h"
#include "conf/table_reader.h"
#include "core/endpoint.h"
#include "xmpp/jid.h"

namespace conf {
namespace {

using namespace std::chrono_literals;

// Ranges. The ends keep a typing mistake from becoming an outage; none of them is a protocol's.
using Times = Range<std::chrono::milliseconds>;
constexpr Times kPoolDeadlines{100ms, 10min};
constexpr Times kCheckTimeouts{50ms, 1min};
constexpr Times kWindows{100ms, 24h};
constexpr Times kEjections{100ms, 24h};
constexpr Times kSlowStarts{0ms, 1h};
constexpr std::size_t kNameBytes = 64;  // of a pool or a backend: they appear in every log line

void check_name(Span place, const std::string& path, const std::string& where,
                std::string_view name, Findings& findings) {
    const bool is_plain = std::none_of(name.begin(), name.end(), [](char c) {
        return static_cast<unsigned char>(c) <= 0x20 || c == 0x7F || c == '"' || c == '/';
    });
    if (!name.empty() && name.size() <= kNameBytes && is_plain) return;
    findings.error(
        place, {path, where,
                fmt::format("a name of 1 to {} bytes without blanks, quotes and \"/\" is wanted",
                            kNameBytes),
                "it appears in every log line"});
}

void read_account(TableReader& reader, const TomlNode& table, std::string& account) {
    std::string written;
    if (!reader.text("account", "probe@example.org", written) || written.empty()) return;
    const auto jid = xmpp::Jid::parse(written);
    if (jid && jid->is_bare() && !jid->localpart().empty()) {
        account = jid->bare();
        return;
    }
    reader.error(*table.find("account"), fmt::format("{} is no account", in_quotes(written)),
                 "write the bare JID of one that all backends know, as \"probe@example.org\"");
}

Health read_health(const TomlNode& table, const std::string& path, Findings& findings) {
    TableReader reader(table, path, path, findings);
    Health health;
    reader.boolean("checks", health.checks);
    reader.time("every", kPoolDeadlines, health.every);
    reader.time("timeout", kCheckTimeouts, health.timeout);
    reader.number("jitter", {0, 50}, health.jitter);
    reader.number("rise", {1, 100}, health.rise);
    reader.number("fall", {1, 100}, health.fall);
    reader.number("passive_failures", {0, 1'000}, health.passive_failures);
    reader.time("passive_window", kWindows, health.passive_window);
    reader.time("eject_first", kEjections, health.eject_first);
    reader.time("eject_longest", kEjections, health.eject_longest);
    reader.time("slow_start", kSlowStarts, health.slow_start);
    reader.time("flap_window", kWindows, health.flap_window);
    read_account(reader, table, health.account);
    reader.finish();
    return health;
}

void read_address(TableReader& reader, const TomlNode& at, Backend& backend) {
    const std::string_view text = at.text;
    const HostPort parts = split_address(text);
    if (parts.is_ambiguous) {
        reader.error(at, "an IPv6 address needs brackets",
                     "write " + in_quotes(with_brackets(text)));
        return;
    }
    const bool is_literal = core::Endpoint::from_address(parts.host, 0).has_value();
    const auto name = is_literal || looks_like_ipv4(parts.host) || text.starts_with('[')
                          ? std::nullopt
                          : xmpp::prepared_domain(parts.host);
    if (prepared_service(parts.host)) {
        reader.error(at, fmt::format("{} names SRV records", in_quotes(parts.host)),
                     fmt::format("write srv = {}", in_quotes(parts.host)));
    } else if (!is_literal && !name) {
        reader.error(
            at, fmt::format("{} is neither an IP address nor a host name", in_quotes(parts.host)),
            backend_hint(text));
    } else if (!parts.port.empty() && parse_port(parts.port) == 0) {
        reader.error(at, fmt::format("{} is no port from 1 to 65535", in_quotes(parts.port)),
                     backend_hint(text));
    } else if (text.ends_with(':')) {
        reader.error(at, "a port is missing", backend_hint(text));
    } else {
        backend.host = name ? *name : std::string(parts.host);
        if (!parts.port.empty()) backend.port = parse_port(parts.port);
    }
}

void read_service(TableReader& reader, const TomlNode& at, Backend& backend) {
    if (const auto name = prepared_service(at.text)) {
        backend.srv = *name;
        return;
    }
    const HostPort parts = split_address(at.text);
    const auto domain =
        looks_like_ipv4(parts.host) ? std::nullopt : xmpp::prepared_domain(parts.host);
    if (prepared_service(parts.host)) {
        reader.error(at, "the port stands in the SRV records", "write " + in_quotes(parts.host));
    } else if (domain && !domain->starts_with('[')) {
        reader.error(at, fmt::format("{} is no name of SRV records", in_quotes(at.text)),
                     fmt::format("write \"_xmpp-client._tcp.{}\"", *domain));
    } else {
        reader.error(at, fmt::format("{} is no name of SRV records", in_quotes(at.text)),
                     "write \"_xmpp-client._tcp.example.org\", or address = \"HOST:PORT\"");
    }
}

/// Exactly one of `address` and `srv` says where the backend is.
void read_place(TableReader& reader, const TomlNode& table, const std::string& pool,
                Backend& backend) {
    std::string address;
    std::string service;
    const bool has_address = reader.text("address", "10.0.0.11:5222", address);
    const bool has_service = reader.text("srv", "_xmpp-client._tcp.example.org", service);
    if (has_address) read_address(reader, *table.find("address"), backend);
    if (has_address && has_service) {
        reader.error(*table.find("srv"), "a backend has an \"address\" or an \"srv\", not both",
                     fmt::format("write [[{}.backend]] twice, one with each", pool));
    } else if (has_service) {
        read_service(reader, *table.find("srv"), backend);
    } else if (table.find("address") == nullptr && table.find("srv") == nullptr) {
        reader.missing("address",
                       "write address = \"10.0.0.11:5222\", or srv = "
                       "\"_xmpp-client._tcp.example.org\"");
    }
    if (backend.name.empty() && table.find("name") == nullptr) {
        backend.name = has_address ? address : service;
    }
}

/// A truth value, or the word for a certificate that both legs show.
void read_channel_binding(TableReader& reader, Backend& backend) {
    const TomlNode* node = reader.find("channel_binding");
    if (node == nullptr) return;
    if (node->kind == TomlNode::Kind::string && node->text == "same-certificate") {
        backend.channel_binding = ChannelBinding::same_certificate;
    } else if (node->text.find("same") != std::string::npos) {
        reader.error(*node, "unknown \"channel_binding\" " + in_quotes(node->text),
                     "write channel_binding = \"same-certificate\"");
    } else {
        bool is_told = false;
        if (reader.boolean("channel_binding", is_told))
            backend.channel_binding = is_told ? ChannelBinding::told : ChannelBinding::none;
    }
}

std::string string_of(const TomlNode* node) {
    return node != nullptr && node->kind == TomlNode::Kind::string ? node->text : std::string();
}

/// What people call the backend that `table` describes, also while it is not read yet.
std::string title_of(const TomlNode& table, const std::string& path, const std::string& pool) {
    for (const char* key : {"name", "address", "srv"}) {
        const std::string called = string_of(table.find(key));
        if (!called.empty()) return fmt::format("{}.backend {}", pool, in_quotes(called));
    }
    return path;
}

Backend read_backend(const TomlNode& table, const std::string& path, const std::string& pool,
                     const std::filesystem::path& folder, Findings& findings) {
    TableReader reader(table, path, title_of(table, path, pool), findings);
    Backend backend;
    if (reader.text("name", "a", backend.name)) {
        check_name(table.find("name")->place, reader.key_path("name"), reader.where(), backend.name,
                   findings);
    }
    read_place(reader, table, pool, backend);
    reader.number("weight", {0, 65'535}, backend.weight);
    const bool has_priority = reader.number("priority", {0, 65'535}, backend.priority);
    if (has_priority && table.find("srv") != nullptr && table.find("address") == nullptr) {
        reader.error(*table.find("priority"), "\"priority\" beside \"srv\" would not be heard",
                     "remove it; the SRV records say it");
    }
    reader.number("max_sessions", {0, 10'000'000}, backend.max_sessions);
    reader.number("connect_rate", {0, 1'000'000}, backend.connect_rate);
    reader.choice<ProxyProtocol>("proxy", kProxyProtocols, {}, backend.proxy);
    read_channel_binding(reader, backend);
    reader.choice<BackendTls>("tls", kBackendTls, {}, backend.tls);
    reader.path("ca_file", folder, backend.ca_file);
    reader.boolean("tls_verify", backend.tls_verify);
    reader.choice<OnClientLoss>("on_client_loss", kClientLosses, {}, backend.on_client_loss);
    reader.finish();
    return backend;
}

}  // namespace

Pool read_pool(const TomlNode& table, const std::filesystem::path& folder, Findings& findings) {
    const std::string path = joined_key("pool", table.key);
    TableReader reader(table, path, path, findings);
    Pool pool;
    pool.name = table.key;
    check_name(table.key_place, path, path, pool.name, findings);
    reader.choice<Balance>("balance", kBalances, {}, pool.balance);
    reader.choice<RouteBy>("route", kRoutes, {}, pool.route);
    reader.choice<SrvWeight>("srv_weight", kSrvWeights, {}, pool.srv_weight);
    reader.boolean("resume_anywhere", pool.resume_anywhere);
    reader.boolean("together", pool.together);
    reader.number("panic", {0, 100}, pool.panic);
    reader.number("login_rate", {0, 1'000'000}, pool.login_rate);
    reader.time("connect_timeout", kPoolDeadlines, pool.connect_timeout);
    reader.time("answer_timeout", kPoolDeadlines, pool.answer_timeout);
    reader.boolean("hedge", pool.hedge);
    if (const TomlNode* health = reader.table("health")) {
        pool.health = read_health(*health, reader.key_path("health"), findings);
    }
    const auto backends = reader.tables("backend");
    for (std::size_t i = 0; i < backends.size(); ++i) {
        pool.backends.push_back(read_backend(*backends[i], fmt::format("{}.backend[{}]", path, i),
                                             path, folder, findings));
    }
    reader.finish();
    return pool;
}

}  // namespace conf
