// Each edit is a guess at where the number belongs, and counts only if the whole text then reads as
// it should: TOML has many ways to write a table.

#include "conf/edit_weights.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "conf/findings.h"
#include "conf/load.h"
#include "conf/toml_document.h"
#include "conf/toml_guard.h"

namespace conf {

namespace {

/// `pool` and index of a backend in a configuration.
struct BackendPlace {
    std::size_t pool;
    std::size_t backend;
};

std::optional<BackendPlace> place_of(const Config& config, const MemberWeight& member) {
    for (std::size_t p = 0; p < config.pools.size(); ++p) {
        if (config.pools[p].name != member.pool) continue;
        const auto& backends = config.pools[p].backends;
        for (std::size_t b = 0; b < backends.size(); ++b)
            if (backends[b].name == member.backend) return BackendPlace{p, b};
    }
    return std::nullopt;
}

const TomlNode* node_of(const TomlNode& root, const MemberWeight& member, std::size_t index) {
    const TomlNode* node = &root;
    for (const std::string_view name :
         {std::string_view("pool"), std::string_view(member.pool), std::string_view("backend")}) {
        node = node->find(name);
        if (node == nullptr) return nullptr;
    }
    return index < node->children.size() ? &node->children[index] : nullptr;
}

std::string replaced(std::string_view text, Span place, std::string_view by) {
    std::string made(text.substr(0, place.at));
    return made.append(by).append(text.substr(place.at + place.length));
}

/// What the text may become: the number in the place of the one that is there; or a line of its own
/// below the backend's address, or a key behind it on the same line.
std::vector<std::string> candidates(std::string_view text, const TomlNode& backend,
                                    std::uint32_t weight) {
    if (const TomlNode* there = backend.find("weight"))
        return {replaced(text, there->place, fmt::to_string(weight))};
    const TomlNode* anchor = nullptr;
    for (const char* key : {"address", "srv"})
        if (anchor == nullptr) anchor = backend.find(key);
    if (anchor == nullptr) return {};
    const std::size_t behind = anchor->place.at + anchor->place.length;
    const std::size_t newline = std::min(text.find('\n', behind), text.size());
    const bool has_return = newline < text.size() && text[newline - 1] == '\r';
    const std::size_t line_end = has_return ? newline - 1 : newline;
    const std::size_t line = text.rfind('\n', anchor->place.at) + 1;  // npos + 1 is 0
    const std::size_t word = text.find_first_not_of(" \t", line);
    const std::string_view indent = text.substr(line, std::min(word, anchor->place.at) - line);
    const std::string key = fmt::format("weight = {}", weight);
    return {replaced(text, {line_end, 0},
                     fmt::format("{}{}{}", has_return ? "\r\n" : "\n", indent, key)),
            replaced(text, {behind, 0}, ", " + key)};
}

}  // namespace

core::Result<std::string, std::string> with_weights(std::string_view toml,
                                                    const std::filesystem::path& file,
                                                    const std::vector<MemberWeight>& weights) {
    std::string text(toml);
    Config config = examine_text(text, file).config;
    for (const MemberWeight& member : weights) {
        const std::string name = member.pool + "/" + member.backend;
        const auto place = place_of(config, member);
        if (!place) return core::fail(fmt::format("{} is not in {}", name, file.string()));
        std::uint32_t& weight = config.pools[place->pool].backends[place->backend].weight;
        if (weight == member.weight) continue;
        weight = member.weight;
        if (guard(text)) return core::fail(file.string() + " cannot be read");
        Findings ignored(text, file);
        const TomlNode root = parse_toml(text, ignored);
        const TomlNode* backend = node_of(root, member, place->backend);
        std::optional<std::string> found;
        if (backend != nullptr)
            for (std::string& candidate : candidates(text, *backend, member.weight))
                if (!found && examine_text(candidate, file).config == config)
                    found = std::move(candidate);
        if (!found)
            return core::fail(fmt::format("{} cannot be changed in {}; write weight = {} there",
                                          name, file.string(), member.weight));
        text = *std::move(found);
    }
    return text;
}

}  // namespace conf
