// Each rule is one function; check_node_fields and check_node_files list them.

#include "conf/check_nodes.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <string>

#include "conf/common_tables.h"

namespace conf {
namespace {

namespace fs = std::filesystem;

std::string node_path(const NodeConfig& config, std::size_t index, const Findings& findings,
                      std::string_view key) {
    const bool is_one = config.nodes.size() == 1 && !findings.has("node[0]");
    return fmt::format("{}.{}", is_one ? "node" : fmt::format("node[{}]", index), key);
}

/// What two nodes of one file may not share.
template <class Value>
void check_unique(const NodeConfig& config, Findings& findings, std::string_view key,
                  const Value& value_of) {
    std::map<std::string, std::size_t> seen;
    for (std::size_t i = 0; i < config.nodes.size(); ++i) {
        const std::string value = value_of(config.nodes[i]);
        if (value.empty()) continue;
        const auto [first, is_new] = seen.emplace(value, i);
        if (is_new) continue;
        const std::string path = node_path(config, i, findings, key);
        const Span earlier = findings.place_of(node_path(config, first->second, findings, key));
        findings.error(findings.place_of(path),
                       {path, "node " + in_quotes(config.nodes[i].name),
                        fmt::format("{} {} is given twice", key, in_quotes(value)),
                        fmt::format("first on line {}", findings.line_of(earlier))});
    }
}

/// A user logs in wherever the proxy leads, so every node must know the same domains.
void check_same_domains(const NodeConfig& config, Findings& findings) {
    const auto sorted = [](std::vector<std::string> domains) {
        std::sort(domains.begin(), domains.end());
        return domains;
    };
    for (std::size_t i = 1; i < config.nodes.size(); ++i) {
        const auto& domains = config.nodes[i].domains;
        if (domains.empty() || config.nodes[0].domains.empty() ||
            sorted(domains) == sorted(config.nodes[0].domains)) {
            continue;
        }
        const std::string path = node_path(config, i, findings, "domains");
        findings.error(findings.place_of(path),
                       {path, "node " + in_quotes(config.nodes[i].name),
                        "the nodes of a cluster serve the same domains",
                        fmt::format("write those of node {}", in_quotes(config.nodes[0].name))});
    }
}

bool never_leaves_machine(const core::Endpoint& endpoint) {
    static const core::AddressBlock v4 = *core::AddressBlock::parse("127.0.0.0/8");
    static const core::AddressBlock v6 = *core::AddressBlock::parse("::1");
    return v4.contains(endpoint) || v6.contains(endpoint);
}

/// Streams are clear: what protects them is the proxy's TLS, or that they never leave the machine.
void check_proxy(const NodeConfig& config, Findings& findings) {
    for (std::size_t i = 0; i < config.nodes.size(); ++i) {
        const NodeTable& node = config.nodes[i];
        const std::string where = "node " + in_quotes(node.name);
        if (node.proxy == NodeProxy::off && node.listen.family() != core::Endpoint::Family::none &&
            !never_leaves_machine(node.listen)) {
            const std::string path = node_path(config, i, findings, "proxy");
            findings.error(
                findings.place_of(path),
                {path, where, "without a proxy passwords would cross the network in clear",
                 "listen on 127.0.0.1, or put stanzagate in front"});
        }
    }
}

// --- what the file system says

void require_folder(const fs::path& file, const std::string& key, const std::string& where,
                    Findings& findings) {
    if (file.empty()) return;
    const fs::path folder = file.has_parent_path() ? file.parent_path() : fs::path(".");
    std::error_code error;
    if (fs::is_directory(file, error)) {
        findings.error(findings.place_of(key),
                       {key, where, fmt::format("{} is a folder", in_quotes(file.string())),
                        "name a file inside it"});
    } else if (!fs::is_directory(folder, error)) {
        findings.error(
            findings.place_of(key),
            {key, where, fmt::format("there is no folder {}", in_quotes(folder.string())),
             "make it; paths are relative to the folder of this file"});
    } else if (::access(folder.c_str(), W_OK | X_OK) != 0) {
        findings.error(
            findings.place_of(key),
            {key, where,
             fmt::format("this user may not write into the folder {}", in_quotes(folder.string())),
             "give the folder to the user who runs the nodes"});
    } else if (fs::exists(file, error) && ::access(file.c_str(), R_OK | W_OK) != 0) {
        findings.error(
            findings.place_of(key),
            {key, where, fmt::format("this user may not write {}", in_quotes(file.string())),
             "give the file to the user who runs the nodes"});
    }
}

}  // namespace

void check_node_fields(const NodeConfig& config, Findings& findings) {
    check_unique(config, findings, "name", [](const NodeTable& node) { return node.name; });
    check_unique(config, findings, "listen", [](const NodeTable& node) {
        const bool is_read = node.listen.family() != core::Endpoint::Family::none;
        return is_read ? node.listen.to_string() : std::string();
    });
    check_same_domains(config, findings);
    check_proxy(config, findings);
    check_buffers(config.limits.buffer_low, config.limits.buffer_high, findings);
}

void check_node_files(const NodeConfig& config, Findings& findings) {
    require_folder(config.store.file, "store.url", "store", findings);
    check_log_file(config.log, findings);
}

}  // namespace conf
