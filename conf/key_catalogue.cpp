#include "conf/key_catalogue.h"

#include <fmt/format.h>

#include <algorithm>

#include "conf/findings.h"

namespace conf {

void KeyCatalogue::add(std::string_view path, std::span<const std::string_view> keys) {
    tables_.push_back({std::string(path), {keys.begin(), keys.end()}});
}

/// The header of the table that a path names, "" when none does. [domain] and [pool] are never
/// written: what is below them is.
std::string KeyCatalogue::header_of(std::string_view path) const {
    if (path.empty()) return {};
    const std::string element = std::string(path) + "[0]";
    const std::string below = std::string(path) + '.';
    for (const Table& table : tables_) {
        if (table.path == element) return fmt::format("[[{}]]", path);
        if (table.path == path) return fmt::format("[{}]", path);
    }
    std::string_view nearest;
    for (const Table& table : tables_) {
        const bool is_nearer = nearest.empty() || table.path.size() < nearest.size();
        if (table.path.starts_with(below) && is_nearer) nearest = table.path;
    }
    return nearest.empty() ? std::string() : fmt::format("[{}]", nearest);
}

std::vector<KeyHome> KeyCatalogue::homes_of(std::string_view key) const {
    std::vector<KeyHome> homes;
    for (const Table& table : tables_) {
        if (std::find(table.keys.begin(), table.keys.end(), key) == table.keys.end()) continue;
        const std::string path = joined_key(table.path, key);
        if (std::string header = header_of(path); !header.empty()) {
            homes.push_back({std::move(header), path, true});
            continue;
        }
        constexpr std::string_view kElement = "[0]";
        const std::string_view owner = table.path;
        const bool is_element = owner.ends_with(kElement);
        homes.push_back(
            {header_of(is_element ? owner.substr(0, owner.size() - kElement.size()) : owner), path,
             false});
    }
    return homes;
}

std::vector<std::string_view> KeyCatalogue::keys() const {
    std::vector<std::string_view> all;
    for (const Table& table : tables_) all.insert(all.end(), table.keys.begin(), table.keys.end());
    std::sort(all.begin(), all.end());
    all.erase(std::unique(all.begin(), all.end()), all.end());
    return all;
}

}  // namespace conf
