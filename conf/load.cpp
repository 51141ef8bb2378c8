// The shape of the file, table by table: which keys there are, their types, units and ranges.
// Pools are conf/read_pool's, the web front conf/read_web's, rules that span fields conf/check's.

#include "conf/load.h"

#include <fmt/format.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <utility>

#include "conf/address.h"
#include "conf/check.h"
#include "conf/common_tables.h"
#include "conf/findings.h"
#include "conf/key_catalogue.h"
#include "conf/meant_address.h"
#include "conf/read_address_limits.h"
#include "conf/read_pool.h"
#include "conf/read_web.h"
#include "conf/table_reader.h"
#include "conf/toml_document.h"
#include "conf/unquoted_domain.h"
#include "xmpp/jid.h"

namespace conf {
namespace {

using namespace std::chrono_literals;
using Later = std::string_view;

// Words and keys that design and manuals of coming versions speak of.
constexpr std::array kListenKindsLater{Later{"s2s"}, Later{"s2s-tls"}};
constexpr std::array kRootLater{Later{"cluster"}};
constexpr std::uint16_t kAdminHttpPort = 9280;
constexpr std::size_t kHttpHostsMost = 100;

// Ranges. The upper ends keep a typing mistake from becoming an outage; none of them is a
// protocol's.
constexpr Range<std::chrono::milliseconds> kDeadlines{100ms, 10min};
constexpr Range<std::chrono::milliseconds> kRememberTimes{std::chrono::seconds(1),
                                                          std::chrono::hours(7 * 24)};
constexpr Range<std::chrono::milliseconds> kMoveTimes{std::chrono::seconds(1),
                                                      std::chrono::hours(24)};
constexpr Range<std::chrono::milliseconds> kStayTimes{0ms, std::chrono::hours(30 * 24)};
constexpr Range<std::chrono::milliseconds> kShutdownTimes{0ms, std::chrono::hours(1)};
constexpr Range<std::int64_t> kRememberedUsers{1'000, 100'000'000};  // 32 bytes each
constexpr Range<std::chrono::milliseconds> kTicketLifetimes{
    1min, 24h * 7};  // RFC 8446 section 4.6.1: 7 days
constexpr std::uint64_t kStanzaMost = 64 * 1024 * 1024;
constexpr std::uint64_t kRateMost = 1024 * 1024 * 1024;
constexpr Range<std::chrono::milliseconds> kBursts{1s, 10min};
constexpr std::size_t kDnsServersMost = 8;
constexpr std::uint16_t kPort = 5222;  // RFC 6120 section 14.7
constexpr std::size_t kSocketPathBytes = sizeof(sockaddr_un::sun_path) - 1;  // 107 on Linux

class Reader {
public:
    Reader(Config& config, Findings& findings) : config_(config), findings_(findings) {
        folder_ = config.file.parent_path();
    }

    void read(const TomlNode& root) {
        TableReader reader(root, "", "", findings_, kRootLater);
        read_version(reader);
        if (const TomlNode* tls = reader.table("tls")) read_tls(*tls);
        const auto listeners = reader.tables("listen");
        for (std::size_t i = 0; i < listeners.size(); ++i) read_listen(*listeners[i], i);
        if (const TomlNode* domains = reader.table("domain", "[domain.\"example.org\"]")) {
            for (const TomlNode& domain : domains->children) read_domain(domain);
        }
        if (const TomlNode* pools = reader.table("pool", "[pool.main]")) read_pools(*pools);
        if (const TomlNode* limits = reader.table("limits")) read_limits(*limits);
        if (const TomlNode* web = reader.table("web"))
            config_.web = read_web(*web, folder_, findings_);
        if (const TomlNode* log = reader.table("log"))
            config_.log = read_log(*log, folder_, UsersInLog::pseudonyms, findings_);
        if (const TomlNode* worker = reader.table("worker")) read_worker(*worker);
        if (const TomlNode* dns = reader.table("dns")) read_dns(*dns);
        if (const TomlNode* resumption = reader.table("resumption")) read_resumption(*resumption);
        if (const TomlNode* upgrade = reader.table("upgrade")) read_upgrade(*upgrade);
        if (const TomlNode* shutdown = reader.table("shutdown")) read_shutdown(*shutdown);
        if (const TomlNode* admin = reader.table("admin")) read_admin(*admin);
        reader.finish();
    }

private:
    void read_tls(const TomlNode& table) {
        TableReader reader(table, "tls", "tls", findings_);
        if (reader.path("cert_dir", folder_, config_.tls.cert_dir) &&
            config_.tls.cert_dir.empty()) {
            reader.error(*table.find("cert_dir"), "\"cert_dir\" is empty",
                         "write the folder that holds DOMAIN/fullchain.pem and DOMAIN/privkey.pem");
        }
        reader.choice<TlsVersion>("min_version", kTlsVersions, {}, config_.tls.min_version);
        reader.choice<RecordLayer>("record_layer", kRecordLayers, {}, config_.tls.record_layer);
        read_default_domain(reader, table);
        reader.path("ticket_keys", folder_, config_.tls.ticket_keys);
        reader.time("ticket_lifetime", kTicketLifetimes, config_.tls.ticket_lifetime);
        reader.finish();
    }

    void read_default_domain(TableReader& reader, const TomlNode& table) {
        std::string written;
        if (!reader.text("default", "example.org", written)) return;
        const auto name = domain_name(written);
        if (written.empty() || written == Tls::kNobody) {
            config_.tls.default_domain = written;
        } else if (name && *name != "*") {
            config_.tls.default_domain = *name;
        } else {
            reader.error(*table.find("default"),
                         fmt::format("{} is no domain name", in_quotes(written)),
                         "write a name that has a certificate, like \"example.org\", or \"none\" "
                         "to refuse who names no domain");
        }
    }

    void read_listen(const TomlNode& table, std::size_t index) {
        const TomlNode* written = table.find("address");
        const std::string where = written != nullptr && written->kind == TomlNode::Kind::string
                                      ? "listen " + in_quotes(written->text)
                                      : std::string("listen");
        TableReader reader(table, fmt::format("listen[{}]", index), where, findings_);
        Listen& listen = config_.listen.emplace_back();
        std::string address;
        if (reader.text("address", "0.0.0.0:5222", address)) {
            listen.address = read_listen_address(reader, *written, address, kPort);
        } else if (written == nullptr) {
            reader.missing("address", "write address = \"0.0.0.0:5222\"");
        }
        reader.choice<ListenKind>("kind", kListenKinds, kListenKindsLater, listen.kind);
        reader.number("backlog", {1, 65'535}, listen.backlog);
        reader.boolean("xmpp", listen.xmpp);
        read_address_blocks(reader, "accept_proxy", "10.0.0.0/8", listen.accept_proxy);
        read_address_blocks(reader, "trust", "10.0.0.0/8", listen.trust);
        reader.finish();
    }

    /// A child of [domain], or what was meant for some.
    void read_domain(const TomlNode& node) {
        const auto unquoted = unquoted_domains(node);
        for (const auto& [name, value] : unquoted) {
            const bool is_table = value->kind == TomlNode::Kind::table;
            std::string hint = fmt::format("write [domain.{}]", in_quotes(name));
            if (!is_table) hint += fmt::format(" with pool = {}", in_quotes(value->text));
            findings_.error(is_table ? value->place : value->key_place,
                            {joined_key("domain", name), "domain " + in_quotes(name),
                             "a name with dots needs quotes", std::move(hint)});
            if (is_table) read_domain_table(*value, name, {});
        }
        if (!unquoted.empty() && node.find("pool") == nullptr) return;
        const bool is_pool_name = node.kind == TomlNode::Kind::string && node.key != "pool";
        const std::string example = is_pool_name
                                        ? fmt::format("[domain.{}], and pool = {} below it",
                                                      in_quotes(node.key), in_quotes(node.text))
                                        : "[domain.\"example.org\"]";
        if (!is_named_table(node, joined_key("domain", node.key), example, findings_)) return;
        read_domain_table(node, node.key, unquoted);
    }

    /// `inner`: tables in it that are domains of their own.
    void read_domain_table(const TomlNode& node, const std::string& written,
                           const std::vector<UnquotedDomain>& inner) {
        const std::string path = joined_key("domain", written);
        const std::string where = "domain " + in_quotes(written);
        TableReader reader(node, path, where, findings_);
        for (const TomlNode& child : node.children) {
            if (child.kind == TomlNode::Kind::table && !inner.empty()) reader.find(child.key);
        }
        Domain domain;
        if (const auto name = domain_name(written)) {
            domain.name = *name;
            // The rules speak of the name in the form in which it is compared.
            findings_.note(joined_key("domain", *name), node.key_place);
        } else {
            const auto meant = meant_domain(written);
            findings_.error(
                node.key_place,
                {path, where, "not a domain name",
                 meant ? fmt::format("write [domain.{}]", in_quotes(*meant))
                       : "write a name like \"example.org\", \"*.example.org\" for any one "
                         "label in front, or \"*\" for all others"});
        }
        const TomlNode* pool = node.find("pool");
        if (!reader.text("pool", "main", domain.pool) && pool == nullptr) {
            reader.missing("pool", "write pool = \"main\", the name of a [pool.main]");
        }
        if (pool != nullptr)
            findings_.note(joined_key(joined_key("domain", domain.name), "pool"), pool->place);
        reader.finish();
        if (!domain.name.empty()) config_.domains.push_back(std::move(domain));
    }

    /// "*", "*." and a prepared name, or a prepared name (A-labels, lower case).
    static std::optional<std::string> domain_name(std::string_view written) {
        if (written == "*") return std::string(written);
        const bool is_wildcard = written.starts_with("*.");
        auto name = xmpp::prepared_domain(is_wildcard ? written.substr(2) : written);
        if (name && is_wildcard) {
            // A wildcard stands for a label, and addresses have none.
            if (name->starts_with('[') || looks_like_ipv4(*name)) return std::nullopt;
            name->insert(0, "*.");
        }
        return name;
    }

    void read_pools(const TomlNode& pools) {
        for (const TomlNode& pool : pools.children) {
            if (is_part_of_a_pool(pools, pool)) continue;
            if (!is_named_table(pool, joined_key("pool", pool.key), "[pool.main]", findings_))
                continue;
            config_.pools.push_back(read_pool(pool, folder_, findings_));
        }
    }

    /// [pool.health] and [[pool.backend]] lack the name of the pool.
    bool is_part_of_a_pool(const TomlNode& pools, const TomlNode& part) {
        if ((part.key != "health" && part.key != "backend") || part.find("backend") != nullptr)
            return false;
        std::string name = "NAME";
        if (!config_.domains.empty()) name = config_.domains.front().pool;
        if (pools.children.front().key != part.key) name = pools.children.front().key;
        const std::string path = joined_key("pool", part.key);
        const std::string header = fmt::format("{}.{}", joined_key("pool", name), part.key);
        findings_.error(part.place, {path, path, "the name of the pool is missing",
                                     part.key == "backend" ? fmt::format("write [[{}]]", header)
                                                           : fmt::format("write [{}]", header)});
        findings_.note_meant("pool");
        return true;
    }

    void read_limits(const TomlNode& table) {
        TableReader reader(table, "limits", "limits", findings_);
        Limits& limits = config_.limits;
        reader.time("login", kDeadlines, limits.login);
        reader.time("registration", kDeadlines, limits.registration);
        reader.time("handshake", kDeadlines, limits.handshake);
        reader.time("close", kDeadlines, limits.close);
        read_stream_limits(reader, limits, kStanzaMost);
        if (const TomlNode* address = reader.table("address"))
            limits.address = read_address_limits(*address, findings_);
        if (const TomlNode* rate = reader.table("rate")) read_rate(*rate);
        reader.finish();
    }

    void read_rate(const TomlNode& table) {
        TableReader reader(table, "limits.rate", "limits.rate", findings_);
        RateLimits& rate = config_.limits.rate;
        reader.size("bytes", {0, kRateMost}, rate.bytes);
        reader.number("stanzas", {0, 1'000'000}, rate.stanzas);
        reader.time("burst", kBursts, rate.burst);
        reader.boolean("end_floods", rate.end_floods);
        reader.finish();
    }

    void read_worker(const TomlNode& table) {
        TableReader reader(table, "worker", "worker", findings_);
        reader.number("threads", {1, 256}, config_.worker.threads);
        reader.finish();
    }

    void read_dns(const TomlNode& table) {
        TableReader reader(table, "dns", "dns", findings_);
        for (const TomlNode* server : reader.texts("servers", "127.0.0.1:53", kDnsServersMost)) {
            const auto address = dns_server(reader, *server);
            if (address) config_.dns.servers.push_back(*address);
        }
        reader.finish();
    }

    void read_resumption(const TomlNode& table) {
        TableReader reader(table, "resumption", "resumption", findings_);
        reader.path("keys", folder_, config_.resumption.keys);
        reader.time("remember", kRememberTimes, config_.resumption.remember);
        reader.number("users", kRememberedUsers, config_.resumption.users);
        reader.finish();
    }

    void read_upgrade(const TomlNode& table) {
        TableReader reader(table, "upgrade", "upgrade", findings_);
        reader.time("over", kMoveTimes, config_.upgrade.over);
        reader.time("stay", kStayTimes, config_.upgrade.stay);
        reader.finish();
    }

    void read_shutdown(const TomlNode& table) {
        TableReader reader(table, "shutdown", "shutdown", findings_);
        reader.time("over", kShutdownTimes, config_.shutdown.over);
        reader.finish();
    }

    static std::optional<core::Endpoint> dns_server(TableReader& reader, const TomlNode& at) {
        const HostPort parts = split_address(at.text);
        const bool is_whole =
            !at.text.ends_with(':') && (parts.port.empty() || parse_port(parts.port) != 0);
        const std::uint16_t port = parts.port.empty() ? kDnsPort : parse_port(parts.port);
        // Without brackets an IPv6 address alone is clear enough: no port is the rule here.
        const auto address = core::Endpoint::from_address(
            parts.is_ambiguous ? std::string_view(at.text) : parts.host, port);
        if (!address) {
            reader.error("servers", at, fmt::format("{} is no IP address", in_quotes(at.text)),
                         name_server_hint(at.text));
        } else if (!is_whole) {
            reader.error("servers", at,
                         fmt::format("{} is no port from 1 to 65535", in_quotes(parts.port)),
                         name_server_hint(at.text));
        } else {
            return address;
        }
        return std::nullopt;
    }

    void read_admin_http(TableReader& reader, const TomlNode& table) {
        std::string address;
        if (reader.text("http", "127.0.0.1:9280", address) && !address.empty())
            config_.admin.http =
                read_listen_address(reader, *table.find("http"), address, kAdminHttpPort);
        for (const TomlNode* each : reader.texts("http_hosts", "proxy.internal", kHttpHostsMost)) {
            const auto host = xmpp::prepared_domain(each->text);
            if (host) {
                config_.admin.http_hosts.push_back(*host);
                continue;
            }
            reader.error("http_hosts", *each,
                         fmt::format("{} is no name of a host", in_quotes(each->text)),
                         "write names without a port, as http_hosts = [\"proxy.internal\"]");
        }
    }

    void read_admin(const TomlNode& table) {
        TableReader reader(table, "admin", "admin", findings_);
        std::filesystem::path& socket = config_.admin.socket;
        if (reader.path("socket", folder_, socket) && socket.native().size() > kSocketPathBytes) {
            reader.error(*table.find("socket"),
                         fmt::format("{} is longer than the {} bytes that a socket's path may have",
                                     in_quotes(socket.string()), kSocketPathBytes),
                         "write a shorter one, like \"/run/stanzagate/admin.sock\"");
            socket.clear();
        }
        reader.path("state", folder_, config_.admin.state);
        read_admin_http(reader, table);
        reader.finish();
    }

    Config& config_;
    Findings& findings_;
    std::filesystem::path folder_;
};

/// Each table once, as the catalogue of keys shows them.
constexpr std::string_view kEveryTable = R"([tls]
[[listen]]
[domain."example.org"]
[pool.NAME]
[pool.NAME.health]
[[pool.NAME.backend]]
[limits]
[limits.address]
[limits.rate]
[web]
[[web.forward]]
[log]
[worker]
[dns]
[admin]
)";

const KeyCatalogue& known_keys() {
    static const KeyCatalogue learned = [] {
        KeyCatalogue keys;
        Findings findings(kEveryTable, "");
        findings.learn_keys(&keys);
        Config config;
        Reader(config, findings).read(parse_toml(kEveryTable, findings));
        return keys;
    }();
    return learned;
}

enum class Depth : std::uint8_t { text_only, without_key_folders, with_files };

Examined examine_as(std::string_view toml, const std::filesystem::path& file, Depth depth) {
    Examined examined;
    Config& config = examined.config;
    config.file = file;
    examined.problems = problems_of(toml, file, [&](const TomlNode& root, Findings& findings) {
        findings.know_keys(known_keys);
        Reader(config, findings).read(root);
        check_fields(config, findings);
        if (depth == Depth::text_only) return;
        check_files(config,
                    depth == Depth::with_files ? KeyFolders::judged : KeyFolders::left_alone,
                    findings);
    });
    return examined;
}

}  // namespace

bool Examined::has_errors() const {
    return std::any_of(problems.begin(), problems.end(),
                       [](const Problem& problem) { return problem.severity == Severity::error; });
}

Examined examine(const std::filesystem::path& file, KeyFolders folders) {
    const auto text = read_config_text(file);
    if (text)
        return examine_as(
            *text, file,
            folders == KeyFolders::judged ? Depth::with_files : Depth::without_key_folders);
    Examined examined;
    examined.config.file = file;
    examined.problems = unreadable(file, text.error());
    return examined;
}

Examined examine_text(std::string_view toml, const std::filesystem::path& file) {
    return examine_as(toml, file, Depth::text_only);
}

}  // namespace conf
