// First what other programs call it, then other tables that know it, then names that are near.

#include "conf/unknown_key.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

#include "conf/foreign_keys.h"
#include "conf/key_catalogue.h"
#include "conf/near_name.h"

namespace conf {
namespace {

/// "pool.main" for the pool around the table, or the only one of the file.
std::string pool_around(const UnknownKey& key) {
    if (key.path.starts_with("pool."))
        return std::string(
            key.path.substr(0, std::min(key.path.find(".backend["), key.path.find(".health"))));
    if (!key.path.empty()) return "pool.NAME";
    const TomlNode* pools = key.table.find("pool");
    if (pools != nullptr && pools->children.size() == 1)
        return joined_key("pool", pools->children.front().key);
    const TomlNode* domains = key.table.find("domain");
    if (pools == nullptr && domains != nullptr) {
        for (const TomlNode& domain : domains->children) {
            const TomlNode* named = domain.find("pool");
            if (named != nullptr && !named->text.empty()) return joined_key("pool", named->text);
        }
    }
    return "pool.NAME";
}

/// Where `name` is known: "in [log] or in [dns]", of a table "[dns]". One that is known as the
/// other of key and table alone changes `is_table`.
std::string homes_of(std::string_view name, bool& is_table, const UnknownKey& key,
                     Findings& findings) {
    constexpr std::string_view kPool = "pool.NAME";
    std::vector<KeyHome> homes = findings.known_keys()->homes_of(name);
    const bool is_known_so = std::any_of(
        homes.begin(), homes.end(), [&](const KeyHome& home) { return home.is_table == is_table; });
    if (!homes.empty() && !is_known_so) is_table = !is_table;
    // In a pool, what is meant is a part of the pool where it can be.
    const bool is_in_pool = key.path.starts_with("pool.") &&
                            std::any_of(homes.begin(), homes.end(), [&](const KeyHome& home) {
                                return home.is_table == is_table && home.path.starts_with("pool.");
                            });
    const auto is_elsewhere = [&](const KeyHome& home) {
        return is_in_pool && !home.path.starts_with("pool.");
    };
    std::string headers;
    for (KeyHome& home : homes) {
        if (home.is_table != is_table || is_elsewhere(home)) continue;
        if (const std::size_t at = home.header.find(kPool); at != std::string::npos)
            home.header.replace(at, kPool.size(), pool_around(key));
        const bool is_root = home.header.empty();
        headers += headers.empty() ? "" : " or ";
        if (!is_table)
            headers += is_root ? "at the top of the file, above the first [table]" : "in ";
        headers += home.header;
        const bool is_of_pool = home.path.starts_with("pool.");
        findings.note_meant(is_of_pool ? "pool" : home.path.substr(0, home.path.find("[0]")));
    }
    return headers;
}

/// Whether that the key is known elsewhere says nothing: a "file" of [tls] is not that of [log].
bool may_mean_anything(const UnknownKey& key) {
    constexpr std::array<std::string_view, 5> kManyMeanings{"file", "format", "level", "kind",
                                                            "address"};
    if (key.child.key == "name") return true;
    const bool is_of_section = !key.path.empty() && !key.path.starts_with("pool.");
    return is_of_section && std::find(kManyMeanings.begin(), kManyMeanings.end(), key.child.key) !=
                                kManyMeanings.end();
}

}  // namespace

std::string unknown_key_hint(const UnknownKey& key, Findings& findings) {
    const std::string_view name = key.child.key;
    bool is_table = key.is_table;
    if (auto foreign = foreign_key(key.path, key.table, key.child)) {
        if (!foreign->key.empty()) findings.note_meant(joined_key(key.path, foreign->key));
        return std::move(foreign->hint);
    }
    const bool may_be_elsewhere = findings.known_keys() != nullptr && !may_mean_anything(key);
    if (may_be_elsewhere) {
        const std::string headers = homes_of(name, is_table, key, findings);
        if (!headers.empty())
            return fmt::format("{} {}", is_table ? "write" : "it belongs", headers);
    }
    if (const std::string_view near = near_name(name, key.known); !near.empty()) {
        findings.note_meant(joined_key(key.path, near));
        return did_you_mean(name, key.known);
    }
    if (may_be_elsewhere) {
        const auto keys = findings.known_keys()->keys();
        if (const std::string_view near = near_name(name, keys); !near.empty()) {
            const std::string headers = homes_of(near, is_table, key, findings);
            return is_table ? fmt::format("did you mean {}?", headers)
                            : fmt::format("did you mean \"{}\" {}?", near, headers);
        }
    }
    return "known here: " + listed(key.known);
}

std::string listed(std::span<const std::string_view> words) {
    std::string list;
    for (const std::string_view word : words)
        list += fmt::format("{}\"{}\"", list.empty() ? "" : ", ", word);
    return list;
}

}  // namespace conf
