#include "conf/toml_text.h"

#include <algorithm>

namespace conf {
namespace {

constexpr std::string_view kBlank = " \t";
constexpr std::string_view kBareKey =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";

}  // namespace

std::optional<Span> key_before(std::string_view text, std::size_t value_at) {
    const std::size_t equals = text.substr(0, value_at).find_last_not_of(kBlank);
    if (equals == std::string_view::npos || text[equals] != '=') return std::nullopt;
    const std::size_t last = text.substr(0, equals).find_last_not_of(kBlank);
    if (last == std::string_view::npos) return std::nullopt;
    if (text[last] == '"' || text[last] == '\'') {
        const std::size_t open =
            last == 0 ? std::string_view::npos : text.rfind(text[last], last - 1);
        if (open == std::string_view::npos) return std::nullopt;
        return Span{open, last + 1 - open};
    }
    const std::size_t before = text.substr(0, last + 1).find_last_not_of(kBareKey);
    const std::size_t first = before == std::string_view::npos ? 0 : before + 1;
    return Span{first, last + 1 - first};
}

std::size_t start_of_line(std::string_view text, std::size_t line) {
    std::size_t at = 0;
    for (; line > 1; --line) {
        const std::size_t end = text.find('\n', at);
        if (end == std::string_view::npos) break;
        at = end + 1;
    }
    return at;
}

std::string_view line_at(std::string_view text, std::size_t at) {
    at = std::min(at, text.size());
    const std::size_t before = at == 0 ? std::string_view::npos : text.rfind('\n', at - 1);
    const std::size_t start = before == std::string_view::npos ? 0 : before + 1;
    return text.substr(start, text.find('\n', start) - start);
}

}  // namespace conf
