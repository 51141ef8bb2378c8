// Openfire names itself among the features before login. ejabberd and Prosody do so after it only,
// but their ids are of their own kinds.

#include "proxy/checks/server_kind.h"

#include <algorithm>

namespace proxy {
namespace {

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
bool is_lower_hex(char c) {
    return is_digit(c) || (c >= 'a' && c <= 'f');
}

/// "39bd4375-a1f3-44ee-992a-a7874c5ac7d2"
bool is_uuid(std::string_view id) {
    constexpr std::string_view kForm = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
    return std::equal(id.begin(), id.end(), kForm.begin(), kForm.end(),
                      [](char c, char form) { return form == '-' ? c == '-' : is_lower_hex(c); });
}

/// A random number of 64 bits; short ones are too rare to tell them from others.
bool is_long_number(std::string_view id) {
    constexpr std::size_t kLeast = 17;
    constexpr std::size_t kMost = 20;
    return id.size() >= kLeast && id.size() <= kMost && std::all_of(id.begin(), id.end(), is_digit);
}

}  // namespace

ServerKind guess_server(std::string_view stream_id, std::string_view caps_node) {
    const auto names = [&](std::string_view whose) {
        return caps_node.find(whose) != std::string_view::npos;
    };
    if (names("igniterealtime.org/projects/openfire")) return ServerKind::openfire;
    if (names("process-one.net")) return ServerKind::ejabberd;
    if (names("prosody.im")) return ServerKind::prosody;
    if (!caps_node.empty()) return ServerKind::unknown;
    if (is_uuid(stream_id)) return ServerKind::prosody;
    if (is_long_number(stream_id)) return ServerKind::ejabberd;
    return ServerKind::unknown;
}

}  // namespace proxy
