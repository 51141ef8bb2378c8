#include "conf/loose_value.h"

#include <algorithm>

#include "conf/toml_text.h"

namespace conf {
namespace {

constexpr std::string_view kDottedKey =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-.";

/// Offset behind the '=' of `key = value`, or nothing where the line is none.
std::optional<std::size_t> behind_equals(std::string_view line) {
    const std::size_t key = line.find_first_not_of(kBlank);
    if (key == std::string_view::npos) return std::nullopt;
    const std::size_t key_end = line.find_first_not_of(kDottedKey, key);
    if (key_end == std::string_view::npos || key_end == key) return std::nullopt;
    const std::size_t equals = line.find_first_not_of(kBlank, key_end);
    if (equals == std::string_view::npos || line[equals] != '=') return std::nullopt;
    return equals + 1;
}

/// The value without the remark behind it.
std::string_view without_remark(std::string_view value) {
    for (std::size_t at = 0; at < value.size();) {
        if (value[at] == '"' || value[at] == '\'') {
            at = after_string(value, at);
        } else if (value[at] == '#') {
            value = value.substr(0, at);
        } else {
            ++at;
        }
    }
    const std::size_t last = value.find_last_not_of(" \t\r");
    return value.substr(0, last == std::string_view::npos ? 0 : last + 1);
}

/// Whether nothing but its own kind is wrong with the value. A text that is not closed or holds a
/// wrong escape has errors of its own, and so has what stands in brackets.
bool is_clear(std::string_view value) {
    if (value.empty() || value.find("\"\"\"") != std::string_view::npos ||
        value.find("'''") != std::string_view::npos || value.find_first_of("[{") == 0) {
        return false;
    }
    if (value[0] != '"' && value[0] != '\'') return true;
    const std::size_t end = after_string(value, 0);
    return end < value.size() && value[end - 1] == value[0] &&
           value.find('=', end) == std::string_view::npos;
}

}  // namespace

bool LooseValues::replace(std::string& text, std::size_t at) {
    const std::string_view line = line_at(text, at);
    const auto line_at_text = static_cast<std::size_t>(line.data() - text.data());
    const auto behind = behind_equals(line);
    if (!behind) return false;
    const std::size_t first = line.find_first_not_of(kBlank, *behind);
    if (first == std::string_view::npos) return false;
    const std::string_view value = without_remark(line.substr(first));
    const std::size_t start = line_at_text + first;
    // `a = 1 b = 2` are two keys; an error in front of the value is not the value's.
    const bool is_two = value.find(" = ") != std::string_view::npos;
    if (!is_clear(value) || is_two || at < start || at > line_at_text + line.size() ||
        surroundings(text, start).bracket != 0) {
        return false;
    }
    // A text has two quotes; a value of one byte takes a blank in front of it.
    const std::size_t from = value.size() == 1 && first > *behind ? start - 1 : start;
    const std::size_t to = start + value.size();
    if (to - from < 2) return false;
    replaced_.push_back({from, {start, value.size()}, std::string(value)});
    std::fill(text.begin() + static_cast<std::ptrdiff_t>(from),
              text.begin() + static_cast<std::ptrdiff_t>(to), 'x');
    text[from] = '"';
    text[to - 1] = '"';
    return true;
}

void LooseValues::restore(TomlNode& root) const {
    for (TomlNode& child : root.children) {
        restore(child);
        if (child.kind != TomlNode::Kind::string) continue;
        const auto found =
            std::find_if(replaced_.begin(), replaced_.end(),
                         [&](const Replaced& each) { return each.at == child.place.at; });
        if (found == replaced_.end()) continue;
        child.kind = TomlNode::Kind::loose;
        child.place = found->place;
        child.text = found->written;
    }
}

}  // namespace conf
