// The shape of the file, table by table: which keys there are, their types, units and ranges. Rules
// that span fields are conf/check's.

#include "conf/load.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <utility>

#include "conf/address.h"
#include "conf/check.h"
#include "conf/findings.h"
#include "conf/table_reader.h"
#include "conf/toml_document.h"
#include "conf/toml_guard.h"
#include "xmpp/jid.h"

namespace conf {
namespace {

using namespace std::chrono_literals;
using Words = std::span<const std::string_view>;
using Later = std::string_view;

// The words of the file. Those "later" are what design and manuals of coming versions speak of.
constexpr std::array kListenKinds{Choice{"c2s", ListenKind::c2s},
                                  Choice{"c2s-tls", ListenKind::c2s_tls}};
constexpr std::array kListenKindsLater{Later{"s2s"}, Later{"s2s-tls"}, Later{"web"}};
constexpr std::array kBalances{Choice{"least-sessions", Balance::least_sessions},
                               Choice{"round-robin", Balance::round_robin},
                               Choice{"random-two", Balance::random_two}};
constexpr std::array kBalancesLater{Later{"jid"}, Later{"hash-user"}, Later{"hash-ip"}};
constexpr std::array kProxyProtocols{Choice{"off", ProxyProtocol::off},
                                     Choice{"v1", ProxyProtocol::v1},
                                     Choice{"v2", ProxyProtocol::v2}};
constexpr std::array kBackendTls{Choice{"off", BackendTls::off},
                                 Choice{"starttls", BackendTls::starttls},
                                 Choice{"direct", BackendTls::direct}};
constexpr std::array kTlsVersions{Choice{"1.2", TlsVersion::v1_2}, Choice{"1.3", TlsVersion::v1_3}};
constexpr std::array kLogFormats{Choice{"text", LogFormat::text}, Choice{"json", LogFormat::json}};
constexpr std::array kLogLevels{Choice{"debug", LogLevel::debug}, Choice{"info", LogLevel::info},
                                Choice{"warn", LogLevel::warn}, Choice{"error", LogLevel::error}};

constexpr std::array kRootLater{Later{"cluster"}, Later{"admin"}};
constexpr std::array kListenLater{Later{"origins"}};
constexpr std::array kPoolLater{Later{"check"}, Later{"route"}};
constexpr std::array kBackendLater{Later{"srv"}};
constexpr std::array kLimitsLater{Later{"per_address"}};

// Ranges. The upper ends keep a typing mistake from becoming an outage; none of them is a
// protocol's.
constexpr Range<std::chrono::milliseconds> kDeadlines{100ms, 10min};
constexpr Range<std::chrono::milliseconds> kTicketLifetimes{
    1min, 24h * 7};  // RFC 8446 section 4.6.1: 7 days
constexpr Range<std::uint64_t> kStanzas{xmpp::kStanzaBytesFloor, 64 * 1024 * 1024};
constexpr Range<std::uint64_t> kBuffers{4 * 1024, 64 * 1024 * 1024};
constexpr std::size_t kNameBytes = 64;  // of a pool or a backend: they appear in every log line

class Reader {
public:
    Reader(Config& config, Findings& findings) : config_(config), findings_(findings) {
        folder_ = config.file.parent_path();
    }

    void read(const Node& root) {
        TableReader reader(root, "", "", findings_, kRootLater);
        read_version(reader);
        if (const Node* tls = reader.table("tls")) read_tls(*tls);
        const auto listeners = reader.tables("listen");
        for (std::size_t i = 0; i < listeners.size(); ++i) read_listen(*listeners[i], i);
        if (const Node* domains = reader.table("domain")) {
            for (const Node& domain : domains->children) read_domain(domain);
        }
        if (const Node* pools = reader.table("pool")) {
            for (const Node& pool : pools->children) read_pool(pool);
        }
        if (const Node* limits = reader.table("limits")) read_limits(*limits);
        if (const Node* log = reader.table("log")) read_log(*log);
        if (const Node* worker = reader.table("worker")) read_worker(*worker);
        reader.finish();
    }

private:
    void read_version(TableReader& root) {
        const Node* node = root.find("version");
        const std::string hint =
            fmt::format("write version = {} at the top of the file", kConfigVersion);
        if (node == nullptr) {
            root.missing("version", hint);
        } else if (node->kind != Node::Kind::integer) {
            root.error(
                *node,
                fmt::format("\"version\" must be a whole number, not {}", to_string(node->kind)),
                hint);
        } else if (node->integer != kConfigVersion) {
            root.error(*node, fmt::format("version {} is not known to this program", node->integer),
                       fmt::format("it reads version = {}", kConfigVersion));
        }
    }

    void read_tls(const Node& table) {
        TableReader reader(table, "tls", "tls", findings_);
        reader.path("cert_dir", folder_, config_.tls.cert_dir);
        reader.choice<TlsVersion>("min_version", kTlsVersions, {}, config_.tls.min_version);
        reader.path("ticket_keys", folder_, config_.tls.ticket_keys);
        reader.time("ticket_lifetime", kTicketLifetimes, config_.tls.ticket_lifetime);
        reader.finish();
    }

    void read_listen(const Node& table, std::size_t index) {
        const Node* written = table.find("address");
        const std::string where = written != nullptr && written->kind == Node::Kind::string
                                      ? "listen " + in_quotes(written->text)
                                      : std::string("listen");
        TableReader reader(table, fmt::format("listen[{}]", index), where, findings_, kListenLater);
        Listen& listen = config_.listen.emplace_back();
        std::string address;
        if (reader.text("address", "0.0.0.0:5222", address)) {
            listen.address = listen_address(reader, *written, address);
        } else if (written == nullptr) {
            reader.missing("address", "write address = \"0.0.0.0:5222\"");
        }
        reader.choice<ListenKind>("kind", kListenKinds, kListenKindsLater, listen.kind);
        reader.number("backlog", {1, 65'535}, listen.backlog);
        reader.finish();
    }

    static core::Endpoint listen_address(TableReader& reader, const Node& at,
                                         std::string_view text) {
        const HostPort parts = split_address(text);
        const std::string any = fmt::format("write \"{}:5222\"",
                                            parts.host.empty() ? "0.0.0.0" : bracketed(parts.host));
        if (parts.is_ambiguous) {
            reader.error(at, "an IPv6 address needs brackets",
                         "write " + in_quotes(with_brackets(text)));
        } else if (!core::Endpoint::from_address(parts.host, 0)) {
            reader.error(at, fmt::format("{} is no IP address", in_quotes(parts.host)),
                         "write \"0.0.0.0:5222\" for all of IPv4, \"[::]:5222\" for all of IPv6");
        } else if (parts.port.empty()) {
            reader.error(at, "a port is missing", any);
        } else if (parse_port(parts.port) == 0) {
            reader.error(at, fmt::format("{} is no port from 1 to 65535", in_quotes(parts.port)),
                         any);
        } else {
            return *core::Endpoint::from_address(parts.host, parse_port(parts.port));
        }
        return {};
    }

    void read_domain(const Node& node) {
        const std::string path = joined_key("domain", node.key);
        const std::string where = "domain " + in_quotes(node.key);
        if (!is_named_table(node, path, "[domain.\"example.org\"]")) return;
        TableReader reader(node, path, where, findings_);
        Domain domain;
        if (const auto name = domain_name(node.key)) {
            domain.name = *name;
            // The rules speak of the name in the form in which it is compared.
            findings_.note(joined_key("domain", *name), node.key_place);
        } else {
            findings_.error(node.key_place,
                            {path, where, "not a domain name",
                             "write a name like \"example.org\", \"*.example.org\" for any one "
                             "label in front, or \"*\" for all others"});
        }
        const Node* pool = node.find("pool");
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

    void read_pool(const Node& node) {
        const std::string path = joined_key("pool", node.key);
        if (!is_named_table(node, path, "[pool.main]")) return;
        TableReader reader(node, path, path, findings_, kPoolLater);
        Pool& pool = config_.pools.emplace_back();
        pool.name = node.key;
        check_name(node.key_place, path, path, pool.name);
        reader.choice<Balance>("balance", kBalances, kBalancesLater, pool.balance);
        reader.time("connect_timeout", kDeadlines, pool.connect_timeout);
        reader.time("answer_timeout", kDeadlines, pool.answer_timeout);
        const auto backends = reader.tables("backend");
        for (std::size_t i = 0; i < backends.size(); ++i) {
            pool.backends.push_back(
                read_backend(*backends[i], fmt::format("{}.backend[{}]", path, i), path));
        }
        reader.finish();
    }

    Backend read_backend(const Node& table, const std::string& path, const std::string& pool) {
        Backend backend;
        const Node* name = table.find("name");
        const Node* address = table.find("address");
        const auto text_of = [](const Node* node) {
            return node != nullptr && node->kind == Node::Kind::string ? node->text : std::string();
        };
        const std::string called = text_of(name).empty() ? text_of(address) : text_of(name);
        TableReader reader(table, path,
                           called.empty() ? path : pool + ".backend " + in_quotes(called),
                           findings_, kBackendLater);
        if (reader.text("name", "a", backend.name)) {
            check_name(name->place, reader.key_path("name"), reader.where(), backend.name);
        }
        if (std::string written; reader.text("address", "10.0.0.11:5222", written)) {
            read_backend_address(reader, *address, written, backend);
            if (name == nullptr) backend.name = written;
        } else if (address == nullptr) {
            reader.missing("address", "write address = \"10.0.0.11:5222\"");
        }
        reader.number("weight", {0, 65'535}, backend.weight);
        reader.number("max_sessions", {0, 10'000'000}, backend.max_sessions);
        reader.choice<ProxyProtocol>("proxy", kProxyProtocols, {}, backend.proxy);
        reader.choice<BackendTls>("tls", kBackendTls, {}, backend.tls);
        reader.path("ca_file", folder_, backend.ca_file);
        reader.boolean("tls_verify", backend.tls_verify);
        reader.finish();
        return backend;
    }

    static void read_backend_address(TableReader& reader, const Node& at, std::string_view text,
                                     Backend& backend) {
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
        if (!is_literal && !name) {
            reader.error(
                at,
                fmt::format("{} is neither an IP address nor a host name", in_quotes(parts.host)),
                "write \"10.0.0.11:5222\" or \"node-a.example.org:5222\"");
        } else if (!parts.port.empty() && parse_port(parts.port) == 0) {
            reader.error(at, fmt::format("{} is no port from 1 to 65535", in_quotes(parts.port)),
                         fmt::format("write \"{}:5222\"", bracketed(parts.host)));
        } else if (text.ends_with(':')) {
            reader.error(at, "a port is missing",
                         fmt::format("write \"{}:5222\"", bracketed(parts.host)));
        } else {
            backend.host = name ? *name : std::string(parts.host);
            if (!parts.port.empty()) backend.port = parse_port(parts.port);
        }
    }

    void read_limits(const Node& table) {
        TableReader reader(table, "limits", "limits", findings_, kLimitsLater);
        Limits& limits = config_.limits;
        reader.time("login", kDeadlines, limits.login);
        reader.time("handshake", kDeadlines, limits.handshake);
        reader.time("close", kDeadlines, limits.close);
        reader.size("stanza", kStanzas, limits.stanza);
        reader.number("depth", {16, 1'000}, limits.depth);
        reader.number("attributes", {16, 1'000}, limits.attributes);
        reader.number("sessions", {0, 10'000'000}, limits.sessions);
        reader.size("buffer_high", kBuffers, limits.buffer_high);
        reader.size("buffer_low", kBuffers, limits.buffer_low);
        reader.finish();
    }

    void read_log(const Node& table) {
        TableReader reader(table, "log", "log", findings_);
        reader.choice<LogFormat>("format", kLogFormats, {}, config_.log.format);
        reader.choice<LogLevel>("level", kLogLevels, {}, config_.log.level);
        reader.path("file", folder_, config_.log.file);
        reader.finish();
    }

    void read_worker(const Node& table) {
        TableReader reader(table, "worker", "worker", findings_);
        reader.number("threads", {1, 256}, config_.worker.threads);
        reader.finish();
    }

    bool is_named_table(const Node& node, const std::string& path, std::string_view example) {
        if (node.kind == Node::Kind::table) return true;
        findings_.note(path, node.key_place);
        findings_.error(
            node.place,
            {path, "", fmt::format("\"{}\" must be a table, not {}", path, to_string(node.kind)),
             fmt::format("write a header like {}", example)});
        return false;
    }

    void check_name(Span place, const std::string& path, const std::string& where,
                    std::string_view name) {
        const bool is_plain = std::none_of(name.begin(), name.end(), [](char c) {
            return static_cast<unsigned char>(c) <= 0x20 || c == 0x7F || c == '"' || c == '/';
        });
        if (name.empty() || name.size() > kNameBytes || !is_plain) {
            findings_.error(
                place,
                {path, where,
                 fmt::format("a name of 1 to {} bytes without blanks, quotes and \"/\" is wanted",
                             kNameBytes),
                 "it appears in every log line"});
        }
    }

    Config& config_;
    Findings& findings_;
    std::filesystem::path folder_;
};

enum class Look : std::uint8_t { text_only, with_files };

Examined examine_as(std::string_view toml, const std::filesystem::path& file, Look look) {
    if (toml.starts_with("\xEF\xBB\xBF")) toml.remove_prefix(3);
    Examined examined;
    examined.config.file = file;
    Findings findings(toml, file);
    if (const auto refusal = guard(toml)) {
        findings.error({refusal->at, 1}, {"", "", refusal->what, refusal->hint});
    } else {
        const Node root = parse_toml(toml, findings);
        Reader(examined.config, findings).read(root);
        check_fields(examined.config, findings);
        if (look == Look::with_files) check_files(examined.config, findings);
    }
    examined.problems = findings.take();
    return examined;
}

Examined unreadable(const std::filesystem::path& file, std::string what, std::string hint) {
    Examined examined;
    examined.config.file = file;
    Findings findings("", file);
    findings.error({}, {"", "", std::move(what), std::move(hint)});
    examined.problems = findings.take();
    return examined;
}

core::Result<Config, std::vector<Problem>> as_result(Examined examined) {
    if (examined.has_errors()) return core::fail(std::move(examined.problems));
    return std::move(examined.config);
}

}  // namespace

bool Examined::has_errors() const {
    return std::any_of(problems.begin(), problems.end(),
                       [](const Problem& problem) { return problem.severity == Severity::error; });
}

Examined examine(const std::filesystem::path& file) {
    std::error_code ignored;
    if (std::filesystem::is_directory(file, ignored)) {
        return unreadable(file, "this is a folder", "name the file inside it");
    }
    errno = 0;
    std::ifstream input(file, std::ios::binary);
    if (!input)
        return unreadable(file, fmt::format("cannot be read: {}", std::strerror(errno)), "");
    // One byte more than the guard lets pass, so that it sees that there is more; devices never
    // end.
    std::string text(kConfigBytes + 1, '\0');
    input.read(text.data(), static_cast<std::streamsize>(text.size()));
    if (input.bad()) return unreadable(file, "cannot be read to its end", "");
    text.resize(static_cast<std::size_t>(input.gcount()));
    return examine_as(text, file, Look::with_files);
}

Examined examine_text(std::string_view toml, const std::filesystem::path& file) {
    return examine_as(toml, file, Look::text_only);
}

core::Result<Config, std::vector<Problem>> load(const std::filesystem::path& file) {
    return as_result(examine(file));
}

core::Result<Config, std::vector<Problem>> load_text(std::string_view toml,
                                                     const std::filesystem::path& file) {
    return as_result(examine_text(toml, file));
}

}  // namespace conf
