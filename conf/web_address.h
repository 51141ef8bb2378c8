#pragma once
// Addresses and paths of the web as operators write them. Pure; any thread.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace conf {

/// "scheme://host[:port][/path]", with scheme and host in lower case and A-labels.
struct WebAddress {
    std::string scheme;
    std::string host;        // IPv6 addresses in brackets
    std::uint16_t port = 0;  // 0: none was written, or the scheme's own
    std::string path;        // what follows, as written; may be empty

    /// Without the path, as browsers write it into Origin (RFC 6454 section 6.1).
    std::string origin() const;
};
std::optional<WebAddress> parse_web_address(std::string_view text);

/// Why a path cannot be served, as in "... is no path: a '/' must stand first"; empty: it can. All
/// paths that pass are compared byte for byte, so there is one way to write each: no encodings, no
/// empty or dotted segments, nothing that other servers cut off.
std::string_view flaw_of_path(std::string_view path);
/// `path`, in which a '/' at the end stands for all that is below, is `inner` or holds it.
bool covers(std::string_view path, std::string_view inner);

}  // namespace conf
