// The shape of the file, table by table; rules that span fields are conf/check_nodes'.

#include "conf/load_nodes.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "conf/check_nodes.h"
#include "conf/common_tables.h"
#include "conf/findings.h"
#include "conf/key_catalogue.h"
#include "conf/meant_address.h"
#include "conf/table_reader.h"
#include "conf/toml_document.h"
#include "core/ascii.h"
#include "xmpp/jid.h"

namespace conf {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

constexpr std::array kNodeProxies{Choice{"required", NodeProxy::required},
                                  Choice{"off", NodeProxy::off}};

// Ranges. The upper ends keep a typing mistake from becoming an outage; none of them is a
// protocol's.
constexpr Range<std::chrono::milliseconds> kNodeDeadlines{100ms, 10min};
constexpr Range<std::chrono::milliseconds> kResumeTimes{0s, 24h * 7};
constexpr std::uint64_t kNodeStanzaMost = 1024 * 1024;
constexpr std::size_t kNodesMost = 64;  // of one process: each has a thread
constexpr std::size_t kDomainsMost = 1'000;
constexpr std::size_t kNodeNameBytes = 64;  // it appears in every log line and key of the store
constexpr std::uint16_t kNodePort = 15222;  // of examples: no protocol's

constexpr std::string_view kNodeExample =
    "add [node] with name = \"n1\", listen = \"127.0.0.1:15222\" and domains = [\"example.org\"]";

class NodeReader {
public:
    NodeReader(NodeConfig& config, Findings& findings) : config_(config), findings_(findings) {
        folder_ = config.file.parent_path();
    }

    void read(const TomlNode& root) {
        TableReader reader(root, "", "", findings_);
        read_version(reader);
        read_nodes(reader);
        if (const TomlNode* store = reader.table("store")) {
            read_store(*store);
        } else if (root.find("store") == nullptr) {
            reader.missing("store", "add [store] with url = \"sqlite:state.db\"");
        }
        if (const TomlNode* limits = reader.table("limits")) read_limits(*limits);
        if (const TomlNode* log = reader.table("log"))
            config_.log = read_log(*log, folder_, UsersInLog::none, findings_);
        reader.finish();
    }

private:
    /// One [node], or several [[node]].
    void read_nodes(TableReader& root) {
        const TomlNode* node = root.find("node");
        if (node == nullptr) {
            root.missing("node", std::string(kNodeExample));
        } else if (node->kind == TomlNode::Kind::table) {
            read_node(*node, "node");
        } else {
            const auto nodes = root.tables("node");
            for (std::size_t i = 0; i < nodes.size() && i < kNodesMost; ++i) {
                read_node(*nodes[i], fmt::format("node[{}]", i));
            }
            if (nodes.size() > kNodesMost) {
                root.error("node", *nodes[kNodesMost],
                           fmt::format("more than {} nodes in one process", kNodesMost),
                           "start another process with a store that both reach");
            }
        }
    }

    void read_node(const TomlNode& table, const std::string& path) {
        const TomlNode* name = table.find("name");
        const std::string where = name != nullptr && name->kind == TomlNode::Kind::string
                                      ? "node " + in_quotes(name->text)
                                      : std::string("node");
        TableReader reader(table, path, where, findings_);
        NodeTable& node = config_.nodes.emplace_back();
        if (reader.text("name", "n1", node.name)) {
            check_name(reader, *name, node.name);
        } else if (name == nullptr) {
            reader.missing("name", "write name = \"n1\", unique in the cluster");
        }
        read_listen(reader, table, node);
        read_domains(reader, table, node);
        read_trusted(reader, table, node);
        reader.choice<NodeProxy>("proxy", kNodeProxies, {}, node.proxy);
        reader.number("backlog", {1, 65'535}, node.backlog);
        reader.finish();
    }

    static void check_name(TableReader& reader, const TomlNode& at, std::string_view name) {
        const bool is_plain = std::all_of(name.begin(), name.end(), [](char c) {
            return core::is_ascii_alphanumeric(c) || c == '-' || c == '_' || c == '.';
        });
        if (!name.empty() && name.size() <= kNodeNameBytes && is_plain) return;
        reader.error(at,
                     fmt::format("a name of 1 to {} letters, digits, \"-\", \"_\" and \".\" is "
                                 "wanted",
                                 kNodeNameBytes),
                     "it names the node in the store and in every log line");
    }

    static void read_listen(TableReader& reader, const TomlNode& table, NodeTable& node) {
        std::string address;
        if (reader.text("listen", "127.0.0.1:15222", address)) {
            node.listen = read_listen_address(reader, *table.find("listen"), address, kNodePort);
        } else if (table.find("listen") == nullptr) {
            reader.missing("listen", "write listen = \"127.0.0.1:15222\"");
        }
    }

    static void read_domains(TableReader& reader, const TomlNode& table, NodeTable& node) {
        for (const TomlNode* each : reader.texts("domains", "example.org", kDomainsMost)) {
            const auto name = xmpp::prepared_domain(each->text);
            if (!name) {
                const auto meant = meant_domain(each->text);
                const bool is_name = meant && !meant->starts_with('*');
                reader.error("domains", *each,
                             fmt::format("{} is not a domain name", in_quotes(each->text)),
                             is_name ? fmt::format("write {}", in_quotes(*meant))
                                     : "write a name like \"example.org\"; wildcards are for "
                                       "stanzagate");
            } else if (std::find(node.domains.begin(), node.domains.end(), *name) !=
                       node.domains.end()) {
                reader.error("domains", *each,
                             fmt::format("{} is given twice", in_quotes(each->text)),
                             "names are compared in lower case and as A-labels");
            } else {
                node.domains.push_back(*name);
            }
        }
        const TomlNode* written = table.find("domains");
        if (written == nullptr) {
            reader.missing("domains", "write domains = [\"example.org\"]");
        } else if (written->kind == TomlNode::Kind::array && written->children.empty()) {
            reader.error(*written, "\"domains\" is empty", "write domains = [\"example.org\"]");
        }
    }

    void read_trusted(TableReader& reader, const TomlNode& table, NodeTable& node) {
        read_address_blocks(reader, "trusted_proxies", "127.0.0.1/32", node.trusted_proxies);
        const TomlNode* array = table.find("trusted_proxies");
        if (array != nullptr && array->kind == TomlNode::Kind::array && array->children.empty()) {
            findings_.warn(array->place, {reader.key_path("trusted_proxies"), reader.where(),
                                          "nobody may connect: no proxy is trusted",
                                          "write trusted_proxies = [\"127.0.0.1/32\"]"});
        }
    }

    void read_store(const TomlNode& table) {
        TableReader reader(table, "store", "store", findings_);
        std::string written;
        if (reader.text("url", "sqlite:state.db", written)) {
            auto url = parse_store_url(written, folder_);
            if (url) {
                config_.store = std::move(url).value();
            } else {
                reader.error(*table.find("url"), url.error().what, url.error().hint);
            }
        } else if (table.find("url") == nullptr) {
            reader.missing("url",
                           "write url = \"sqlite:state.db\", or \"redis://127.0.0.1:6379/0\"");
        }
        reader.finish();
    }

    void read_limits(const TomlNode& table) {
        TableReader reader(table, "limits", "limits", findings_);
        NodeLimits& limits = config_.limits;
        reader.time("login", kNodeDeadlines, limits.login);
        reader.time("close", kNodeDeadlines, limits.close);
        reader.time("silence", kNodeDeadlines, limits.silence);
        reader.time("resume", kResumeTimes, limits.resume);
        read_stream_limits(reader, limits, kNodeStanzaMost);
        reader.finish();
    }

    NodeConfig& config_;
    Findings& findings_;
    fs::path folder_;
};

/// Each table once, as the catalogue of keys shows them.
constexpr std::string_view kEveryNodeTable = "[node]\n[store]\n[limits]\n[log]\n";

const KeyCatalogue& known_node_keys() {
    static const KeyCatalogue learned = [] {
        KeyCatalogue keys;
        Findings findings(kEveryNodeTable, "");
        findings.learn_keys(&keys);
        NodeConfig config;
        NodeReader(config, findings).read(parse_toml(kEveryNodeTable, findings));
        return keys;
    }();
    return learned;
}

/// `outside`: what the text alone does not say.
ExaminedNodes examine_nodes_with(std::string_view toml, const fs::path& file,
                                 const std::function<void(const NodeConfig&, Findings&)>& outside) {
    ExaminedNodes examined;
    NodeConfig& config = examined.config;
    config.file = file;
    examined.problems = problems_of(toml, file, [&](const TomlNode& root, Findings& findings) {
        findings.know_keys(known_node_keys);
        NodeReader(config, findings).read(root);
        check_node_fields(config, findings);
        if (outside) outside(config, findings);
    });
    return examined;
}

}  // namespace

bool ExaminedNodes::has_errors() const {
    return std::any_of(problems.begin(), problems.end(),
                       [](const Problem& problem) { return problem.severity == Severity::error; });
}

ExaminedNodes examine_nodes(const fs::path& file, const StoreRule& rule) {
    const auto text = read_config_text(file);
    if (text) {
        return examine_nodes_with(
            *text, file, [&rule](const NodeConfig& config, Findings& findings) {
                check_node_files(config, findings);
                if (!rule || config.store.text.empty()) return;
                const auto judged = rule(config.store);
                if (judged) return;
                findings.error(findings.place_of("store.url"),
                               {"store.url", "store", "\"url\" " + judged.error(), ""});
            });
    }
    ExaminedNodes examined;
    examined.config.file = file;
    examined.problems = unreadable(file, text.error());
    return examined;
}

ExaminedNodes examine_nodes_text(std::string_view toml, const fs::path& file) {
    return examine_nodes_with(toml, file, {});
}

}  // namespace conf
