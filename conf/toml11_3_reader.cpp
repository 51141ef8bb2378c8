// toml11 3.7.1, with its habits worked around:
// - value.location() counts newlines from the start of the file on each call, so offsets come from
//   the region itself.
// - integers too large for 64 bits become the largest one in silence; the ranges of the reader
//   refuse them.
// - an error knows its line, but its column is often 1; the drawing inside what() has the right
// one.

#include <algorithm>
#include <charconv>
#include <map>
#include <sstream>
#include <toml.hpp>
#include <vector>

#include "conf/toml11_nodes.h"
#include "conf/toml11_reader.h"

namespace conf {
namespace {

using Value = toml::basic_value<toml::discard_comments, std::map>;

Span place_of(const Value& value, std::string_view text) {
    const auto* region = dynamic_cast<const toml::detail::region*>(toml::detail::get_region(value));
    if (region == nullptr) return {};
    const auto at = static_cast<std::size_t>(region->first() - region->begin());
    return {std::min(at, text.size()), region->size()};
}

/// The places of toml11's drawing: ` 12 | source line`, and below it ` | ` and a mark under the
/// place.
std::vector<TomlPlace> drawn_places(const std::string& drawing) {
    std::vector<TomlPlace> places;
    std::istringstream lines(drawing);
    std::size_t numbered = 0;  // of the line just read; 0: it had no number
    for (std::string line; std::getline(lines, line);) {
        const std::size_t bar = line.find(" | ");
        const std::size_t digit = line.find_first_not_of(' ');
        const std::size_t mark = bar == std::string::npos ? bar : line.find_first_of("^~", bar);
        std::size_t number = 0;
        if (bar != std::string::npos && digit < bar) {
            std::from_chars(line.data() + digit, line.data() + bar, number);
        } else if (numbered != 0 && mark != std::string::npos) {
            places.push_back({numbered, mark - bar - 3});
        }
        numbered = number;
    }
    return places;
}

TomlComplaint complaint_of(const toml::exception& thrown) {
    TomlComplaint complaint;
    complaint.said = thrown.what();
    const std::vector<TomlPlace> places = drawn_places(complaint.said);
    const auto where = thrown.location();
    complaint.at = places.empty() ? TomlPlace{where.line(), where.column() - 1} : places.back();
    if (places.size() > 1) complaint.earlier = places.front();
    return complaint;
}

}  // namespace

std::optional<TomlComplaint> read_with_toml11(const std::string& text, TomlNode& root) {
    try {
        std::istringstream input(text);
        const Value value = toml::parse<toml::discard_comments, std::map>(input, "config");
        root = to_node(value, text, [&](const Value& each) { return place_of(each, text); });
        return std::nullopt;
    } catch (const toml::exception& thrown) {
        return complaint_of(thrown);
    } catch (const std::exception& thrown) {
        return TomlComplaint{thrown.what(), false, {}, {}};
    }
}

std::string toml_library() {
    return "toml11 " + std::to_string(TOML11_VERSION_MAJOR) + '.' +
           std::to_string(TOML11_VERSION_MINOR) + '.' + std::to_string(TOML11_VERSION_PATCH);
}

}  // namespace conf
