// toml11 4.4.0, with its habits worked around:
// - it goes on behind an error by itself; only the first one counts, as with 3, for what follows is
//   read again without the line in question.
// - a value's region is seen through location() alone, as line and column.
// - integers too large for 64 bits are errors to it; here they become the outermost one, and the
//   ranges of the reader refuse them; likewise numbers with a point.

#include <algorithm>
#include <limits>
#include <map>
#include <toml.hpp>
#include <vector>

#include "conf/toml11_4_words.h"
#include "conf/toml11_nodes.h"
#include "conf/toml11_reader.h"

namespace conf {
namespace {

struct Types : toml::type_config {
    using comment_type = toml::discard_comments;
    template <typename Key, typename Mapped>
    using table_type = std::map<Key, Mapped>;

    static toml::result<integer_type, toml::error_info> parse_int(
        const std::string& digits, const toml::source_location& where, std::uint8_t base) {
        auto read = toml::read_int<integer_type>(digits, where, base);
        if (read.is_ok()) return read;
        using Limits = std::numeric_limits<integer_type>;
        return toml::ok(digits.starts_with('-') ? Limits::min() : Limits::max());
    }
    static toml::result<floating_type, toml::error_info> parse_float(
        const std::string& digits, const toml::source_location& where, bool is_hex) {
        auto read = toml::read_float<floating_type>(digits, where, is_hex);
        if (read.is_ok()) return read;
        return toml::ok(std::numeric_limits<floating_type>::infinity());
    }
};

using Value = toml::basic_value<Types>;

/// Offsets of lines.
class Lines {
public:
    explicit Lines(std::string_view text) : size_(text.size()) {
        for (std::size_t at = text.find('\n'); at != text.npos; at = text.find('\n', at + 1))
            starts_.push_back(at + 1);
    }

    std::size_t offset_of(std::size_t line, std::size_t column) const {
        const std::size_t index = std::clamp<std::size_t>(line, 1, starts_.size()) - 1;
        return std::min(starts_[index] + column - 1, size_);
    }

private:
    std::vector<std::size_t> starts_{0};
    std::size_t size_;
};

TomlPlace place_of(const toml::source_location& where) {
    return {where.first_line_number(), where.first_column_number() - 1};
}

TomlComplaint complaint_of(const toml::error_info& error) {
    TomlComplaint complaint;
    complaint.said = error.title();
    for (const auto& [where, what] : error.locations()) complaint.said += "\n" + what;
    const auto& places = error.locations();
    if (!places.empty()) complaint.at = place_of(places.front().first);
    if (places.size() > 1) complaint.earlier = place_of(places.back().first);
    return complaint;
}

}  // namespace

std::optional<TomlComplaint> read_with_toml11(const std::string& text, TomlNode& root) {
    try {
        const auto parsed =
            toml::try_parse<Types>(std::vector<unsigned char>(text.begin(), text.end()), "config");
        if (parsed.is_err())
            return as_toml11_3_says(complaint_of(parsed.unwrap_err().front()), text);
        const Lines lines(text);
        root = to_node(parsed.unwrap(), text, [&](const Value& value) {
            const toml::source_location where = value.location();
            return Span{lines.offset_of(where.first_line_number(), where.first_column_number()),
                        where.length()};
        });
        return std::nullopt;
    } catch (const std::exception& thrown) {
        return TomlComplaint{thrown.what(), false, {}, {}};
    }
}

std::string toml_library() {
    return "toml11 " + std::to_string(TOML11_VERSION_MAJOR) + '.' +
           std::to_string(TOML11_VERSION_MINOR) + '.' + std::to_string(TOML11_VERSION_PATCH);
}

}  // namespace conf
