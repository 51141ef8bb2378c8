#include "proxy/web/web_paths.h"

#include <algorithm>

#include "core/ascii.h"

namespace proxy {

namespace {

constexpr std::string_view kHostMeta = "/.well-known/host-meta";
constexpr std::string_view kHostMetaJson = "/.well-known/host-meta.json";
constexpr std::string_view kChallenges = "/.well-known/acme-challenge/";

bool fits(const conf::WebForward& forward, std::string_view path) {
    return forward.path.ends_with('/') ? path.starts_with(forward.path) : path == forward.path;
}

}  // namespace

WebPlace find_place(const conf::Web& web, std::string_view path) {
    if (!web.websocket.empty() && path == web.websocket) return {WebService::websocket};
    if (!web.bosh.empty() && path == web.bosh) return {WebService::bosh};
    if (path == kHostMeta) return {WebService::host_meta};
    if (path == kHostMetaJson) return {WebService::host_meta_json};
    WebPlace found;
    for (const conf::WebForward& each : web.forwards) {
        if (!fits(each, path)) continue;
        if (found.forward != nullptr && found.forward->path.size() >= each.path.size()) continue;
        found = {WebService::forward, &each};
    }
    return found;
}

std::string_view allowed_methods(WebService service) {
    switch (service) {
        case WebService::nothing: return "";
        case WebService::websocket: return "GET";
        case WebService::bosh: return "POST, OPTIONS";
        case WebService::host_meta:
        case WebService::host_meta_json: return "GET, HEAD, OPTIONS";
        case WebService::forward: return "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS";
    }
    return {};
}

bool allows(WebService service, http::Method method) {
    using http::Method;
    switch (service) {
        case WebService::nothing: return false;
        case WebService::websocket: return method == Method::get;
        case WebService::bosh: return method == Method::post || method == Method::options;
        case WebService::host_meta:
        case WebService::host_meta_json:
            return method == Method::get || method == Method::head || method == Method::options;
        case WebService::forward: return true;
    }
    return false;
}

std::string_view challenge_token(std::string_view path) {
    if (!path.starts_with(kChallenges)) return {};
    const std::string_view token = path.substr(kChallenges.size());
    // Base64url: no name of a folder, and none above.
    const bool is_token = std::all_of(token.begin(), token.end(), [](char c) {
        return core::is_ascii_alphanumeric(c) || c == '-' || c == '_';
    });
    return is_token ? token : std::string_view();
}

}  // namespace proxy
