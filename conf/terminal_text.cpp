#include "conf/terminal_text.h"

#include <algorithm>

#include "core/ascii.h"
#include "core/shown_text.h"

namespace conf {

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

std::size_t columns_of(std::string_view text) {
    return text.size() - static_cast<std::size_t>(
                             std::count_if(text.begin(), text.end(), core::goes_on_with_character));
}

}  // namespace conf
