#pragma once
// What stands at a path of the web front. Paths are compared byte for byte; whatever is not named
// is nothing. Pure; any thread.

#include <cstdint>
#include <string_view>

#include "conf/config.h"
#include "http/request_line.h"

namespace proxy {

enum class WebService : std::uint8_t {
    nothing,
    websocket,
    bosh,
    host_meta,
    host_meta_json,
    forward,
};

struct WebPlace {
    WebService service = WebService::nothing;
    const conf::WebForward* forward = nullptr;  // of the longest path that fits; in `web`
};

WebPlace find_place(const conf::Web& web, std::string_view path);

/// The methods that the service answers, as the Allow field has them.
std::string_view allowed_methods(WebService service);
bool allows(WebService service, http::Method method);

/// The name of the file that answers a challenge of ACME (RFC 8555 section 8.3): a token behind
/// "/.well-known/acme-challenge/"; empty: the path is of none.
std::string_view challenge_token(std::string_view path);

}  // namespace proxy
