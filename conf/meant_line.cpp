#include "conf/meant_line.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "conf/findings.h"
#include "conf/meant_value.h"
#include "core/ascii.h"

namespace conf {
namespace {

constexpr std::string_view kBlankOrReturn = " \t\r";
constexpr std::string_view kBareKeyBytes =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";

std::string_view trimmed(std::string_view text) {
    const std::size_t first = text.find_first_not_of(kBlankOrReturn);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(kBlankOrReturn) + 1 - first);
}

bool is_bare(std::string_view name) {
    return !name.empty() && name.find_first_not_of(kBareKeyBytes) == std::string_view::npos;
}

/// Parts of a header's name between dots and blanks, without quotes; a dot in quotes parts nothing.
std::vector<std::string_view> parts_of_name(std::string_view name) {
    std::vector<std::string_view> parts;
    while (!(name = trimmed(name)).empty()) {
        const bool is_quoted = name[0] == '"' || name[0] == '\'';
        const std::size_t close = is_quoted ? name.find(name[0], 1) : std::string_view::npos;
        const std::size_t end = std::min(
            close == std::string_view::npos ? name.find_first_of(". \t") : close + 1, name.size());
        if (const std::string_view part = bare_value(name.substr(0, end)); !part.empty())
            parts.push_back(part);
        name.remove_prefix(std::min(end + 1, name.size()));
    }
    return parts;
}

/// The parts from `first` to `last` as one name.
std::string joined(const std::vector<std::string_view>& parts, std::size_t first,
                   std::size_t last) {
    std::string name;
    for (std::size_t i = first; i < last; ++i)
        name += (i == first ? "" : ".") + std::string(parts[i]);
    return name;
}

}  // namespace

std::string meant_header(std::string_view line) {
    line = trimmed(line.substr(0, line.find('#')));
    const std::size_t first = line.find_first_not_of("[ ");
    const std::size_t last = line.find_last_not_of("] ;:,");
    if (first == std::string_view::npos || last == std::string_view::npos || last < first)
        return {};
    const std::string_view name = line.substr(first, last + 1 - first);
    if (name.find_first_of("[]={}") != std::string_view::npos) return {};
    const auto is_bracket = [](char bracket) { return [bracket](char c) { return c == bracket; }; };
    const bool is_array = std::count_if(line.begin(), line.end(), is_bracket('[')) > 1 ||
                          std::count_if(line.begin(), line.end(), is_bracket(']')) > 1;
    const auto parts = parts_of_name(name);
    if (parts.empty() || !is_bare(parts[0])) return {};
    std::string meant(parts[0]);
    std::size_t end = parts.size();
    if (parts[0] == "domain" && end > 1) {
        meant = joined_key(meant, joined(parts, 1, end));
    } else if (parts[0] == "pool" && end > 1) {
        const bool has_part = end > 2 && (parts.back() == "backend" || parts.back() == "health");
        meant = joined_key(meant, joined(parts, 1, has_part ? end - 1 : end));
        if (has_part) meant = joined_key(meant, parts.back());
    } else {
        for (std::size_t i = 1; i < end; ++i) meant = joined_key(meant, parts[i]);
    }
    const std::string header = is_array ? fmt::format("[[{}]]", meant) : fmt::format("[{}]", meant);
    return header == line ? std::string() : header;
}

std::string meant_assignment(std::string_view line) {
    line = trimmed(line);
    const std::size_t key_end = std::min(line.find_first_not_of(kBareKeyBytes), line.size());
    const std::string_view key = line.substr(0, key_end);
    std::string_view rest = trimmed(line.substr(key_end));
    const bool has_colon = rest.starts_with(':');
    while (rest.starts_with(':') || rest.starts_with('=')) rest = trimmed(rest.substr(1));
    const std::string_view value = bare_value(rest.substr(0, rest.find(" #")));
    if (!is_bare(key) || !core::is_ascii_alphanumeric(key[0])) return {};
    if (value.empty()) return has_colon ? fmt::format("[{}]", key) : std::string();
    if (!has_colon && value.find(' ') != std::string_view::npos) return {};
    if (value.find_first_of("[]{}\"\\=") != std::string_view::npos) return {};
    const bool is_number = value.find_first_not_of("0123456789") == std::string_view::npos;
    if (is_number || value == "true" || value == "false") return fmt::format("{} = {}", key, value);
    return fmt::format("{} = {}", key, in_quotes(value));
}

}  // namespace conf
