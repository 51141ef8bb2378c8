#pragma once
// Which pages may use the web front (RFC 6454, the Fetch standard's CORS): browsers send an Origin,
// other clients none. Pure; any thread.

#include <string>
#include <string_view>
#include <vector>

#include "conf/config.h"
#include "http/head_fields.h"

namespace proxy {

/// Whether a request with these fields may be answered: it has no Origin, or one of [web] origins.
bool is_origin_allowed(const conf::Web& web, const http::HeadFields& fields);

/// What a page needs to read an answer of BOSH; its own origin is echoed, since a page that sends
/// credentials does not take "*". Nothing for a request without Origin (empty). The views lie in
/// `origin` and static text.
std::vector<http::HeadField> cors_fields(std::string_view origin);
/// And what it needs before it sends one: good for a day, or a browser would ask before every POST.
std::vector<http::HeadField> preflight_fields(std::string_view origin);

}  // namespace proxy
