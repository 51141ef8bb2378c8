#include "conf/value_hint.h"

#include <fmt/format.h>

#include <optional>

#include "conf/meant_address.h"
#include "conf/meant_value.h"
#include "conf/units.h"
#include "core/ascii.h"

namespace conf {
namespace {

/// Keys whose 0 is no limit.
bool is_limit(std::string_view key) {
    return key == "max_sessions" || key == "connect_rate" || key == "login_rate" ||
           key == "sessions";
}

bool is_no_limit(std::string_view written) {
    constexpr std::string_view kNoLimits = " unlimited infinite infinity inf nolimit no-limit ";
    const std::string bare = core::ascii_lower(bare_value(written));
    if (bare.empty() || bare.find(' ') != std::string::npos) return false;
    return kNoLimits.find(' ' + bare + ' ') != std::string_view::npos ||
           (!core::is_ascii_digit(bare[0]) && meant_boolean(bare) == false);
}

}  // namespace

std::string written_text(const TomlNode& node, const Findings& findings) {
    if (node.kind == TomlNode::Kind::string || node.kind == TomlNode::Kind::loose) return node.text;
    // proxy = ["v2"]
    const bool is_one = node.kind == TomlNode::Kind::array && node.children.size() == 1;
    if (is_one && node.children[0].kind == TomlNode::Kind::string) return node.children[0].text;
    if (node.kind == TomlNode::Kind::table || node.kind == TomlNode::Kind::array) return {};
    return std::string(findings.text_at(node.place));
}

std::string text_hint(std::string_view key, std::string_view example, const TomlNode* node,
                      std::string_view text) {
    const std::string_view bare = bare_value(text);
    // A number alone is a port where an address is wanted, and no name of a host.
    const bool is_name = example.find_first_of(".:") == std::string_view::npos;
    if (node != nullptr && node->kind == TomlNode::Kind::integer && !is_name) {
        return fmt::format("write {} = \"{}\"", key, with_port(example, node->integer));
    }
    const bool is_meant = node != nullptr && node->kind != TomlNode::Kind::boolean &&
                          !bare.empty() && bare.find_first_of("\"\\") == std::string_view::npos;
    // What was written may hold a password, as the URL of a store does.
    return fmt::format("write {} = {}", key, in_quotes(is_meant ? bare : example));
}

std::string texts_hint(std::string_view key, std::string_view example, std::string_view text) {
    std::string list;
    constexpr std::string_view kBetween = ", ;";
    if (meant_boolean(text)) text = {};  // a switch names nothing
    while (text.find_first_not_of(kBetween) != std::string_view::npos) {
        text.remove_prefix(text.find_first_not_of(kBetween));
        const std::string_view each = text.substr(0, text.find_first_of(kBetween));
        list += (list.empty() ? "" : ", ") + in_quotes(bare_value(each));
        text.remove_prefix(each.size());
    }
    return list.empty() ? fmt::format("write {} = [\"{}\"]", key, example)
                        : fmt::format("write {} = [{}]", key, list);
}

std::string boolean_hint(std::string_view key, std::string_view written) {
    if (const auto meant = meant_boolean(written)) return fmt::format("write {} = {}", key, *meant);
    return fmt::format("write {0} = true or {0} = false", key);
}

std::string number_hint(std::string_view key, std::string_view written, Range<std::int64_t> range) {
    const auto meant = meant_number(written);
    if (is_limit(key) && range.least == 0 && is_no_limit(written))
        return fmt::format("write {} = 0, which is no limit", key);
    if (meant && *meant >= range.least && *meant <= range.most)
        return fmt::format("write {} = {}", key, *meant);
    return fmt::format("write a number from {} to {}", range.least, range.most);
}

std::string time_hint(std::string_view key, std::string_view written,
                      Range<std::chrono::milliseconds> range, std::string_view example) {
    const auto is_possible = [&](const std::optional<std::string>& text) {
        const auto time = text ? parse_time(*text) : std::nullopt;
        return time && *time >= range.least && *time <= range.most;
    };
    const auto meant = meant_time(written);
    if (is_possible(meant)) return fmt::format("write \"{}\"", *meant);
    // 30000 is too long for seconds, and may be meant in milliseconds.
    const auto finer = meant_time(std::string(written) + "ms");
    if (is_possible(finer)) return fmt::format("write \"{}\"", *finer);
    if (meant) {
        return fmt::format("\"{}\" is out of range: write a time from \"{}\" to \"{}\"", *meant,
                           time_text(range.least), time_text(range.most));
    }
    if (meant_boolean(written) == false && range.least.count() == 0)
        return fmt::format("write {} = \"0s\"", key);
    return fmt::format("write {} = \"{}\"; units are ms, s, m, h, d", key, example);
}

std::string size_hint(std::string_view key, std::string_view written, Range<std::uint64_t> range,
                      std::string_view example) {
    auto meant = meant_size(written);
    const auto bytes = meant ? parse_size(*meant) : std::nullopt;
    if (!bytes) {
        return fmt::format("write {} = \"{}\"; units are B, KB, KiB, MB, MiB", key, example);
    }
    const bool is_in_bytes = meant->find_first_not_of("0123456789B") == std::string::npos;
    if (is_in_bytes) meant = size_text(*bytes);
    if (*bytes >= range.least && *bytes <= range.most) return fmt::format("write \"{}\"", *meant);
    return fmt::format("\"{}\" is out of range: write a size from \"{}\" to \"{}\"", *meant,
                       size_text(range.least), size_text(range.most));
}

std::string assigned(std::string_view key, std::span<const std::string_view> words) {
    std::string text = fmt::format("{} = ", key);
    for (const std::string_view word : words)
        text += fmt::format("{}\"{}\"", word == words.front() ? "" : " or ", word);
    return text;
}

}  // namespace conf
