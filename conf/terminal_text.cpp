#include "conf/terminal_text.h"

#include <algorithm>

#include "core/ascii.h"
#include "core/shown_text.h"

namespace conf {
namespace {

/// Length of the front of `text` up to a blank at which a line may end, or all of it.
std::size_t unbroken_front(std::string_view text, std::size_t kept) {
    bool is_quoted = false;
    std::size_t brackets = 0;
    for (std::size_t at = kept; at < text.size(); ++at) {
        const char byte = text[at];
        if (byte == '"') is_quoted = !is_quoted;
        if (is_quoted) continue;
        if (byte == '[') ++brackets;
        if (byte == ']' && brackets > 0) --brackets;
        const bool is_beside_equals =
            text.substr(at + 1).starts_with("= ") || text.substr(0, at).ends_with(" =");
        if (byte == ' ' && brackets == 0 && !is_beside_equals) return at;
    }
    return text.size();
}

}  // namespace

std::string printable(std::string_view text) {
    std::string shown;
    shown.reserve(text.size());
    while (!text.empty()) {
        const core::TextFront front = core::text_front(text);
        if (front.may_be_shown) {
            shown += front.bytes;
        } else {
            shown += front.code == '\t' ? ' ' : '?';
        }
        text.remove_prefix(front.bytes.size());
    }
    return shown;
}

std::string without_password(std::string_view line) {
    constexpr std::string_view kAuthority = "://";
    const std::size_t scheme = line.find(kAuthority);
    // A password that is not written as it should be may hold anything, even an '@'.
    const std::size_t host = line.rfind('@');
    if (scheme == std::string_view::npos || host == std::string_view::npos)
        return std::string(line);
    const std::size_t user = scheme + kAuthority.size();
    const std::size_t colon = line.find(':', user);
    if (colon >= host) return std::string(line);
    const std::string_view password = line.substr(colon + 1, host - colon - 1);
    return std::string(line.substr(0, colon + 1)) + std::string(columns_of(password), '*') +
           std::string(line.substr(host));
}

bool has_control_characters(std::string_view text) {
    return std::any_of(text.begin(), text.end(), core::is_ascii_control);
}

std::string broken_at_blanks(std::string_view text, std::size_t kept, std::size_t columns,
                             std::size_t indent) {
    std::string lines;
    std::size_t taken = 0;  // columns of the last line
    while (!text.empty()) {
        const std::string_view part = text.substr(0, unbroken_front(text, kept));
        const std::size_t width = columns_of(part);
        if (!lines.empty() && taken + 1 + width > columns) {
            lines += '\n' + std::string(indent, ' ');
            taken = indent;
        } else if (!lines.empty()) {
            lines += ' ';
            ++taken;
        }
        lines += part;
        taken += width;
        text.remove_prefix(std::min(part.size() + 1, text.size()));
        kept = 0;
    }
    return lines;
}

std::size_t columns_of(std::string_view text) {
    return text.size() - static_cast<std::size_t>(
                             std::count_if(text.begin(), text.end(), core::goes_on_with_character));
}

}  // namespace conf
