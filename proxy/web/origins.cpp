#include "proxy/web/origins.h"

#include <algorithm>

namespace proxy {

bool is_origin_allowed(const conf::Web& web, const http::HeadFields& fields) {
    if (web.origins.empty() || fields.count("Origin") == 0) return true;
    const auto origin = fields.only("Origin");
    if (!origin) return false;
    // Browsers write them in lower case and without the default port, as the configuration has
    // them.
    return std::find(web.origins.begin(), web.origins.end(), *origin) != web.origins.end();
}

std::vector<http::HeadField> cors_fields(std::string_view origin) {
    if (origin.empty()) return {};
    return {{"Access-Control-Allow-Origin", origin},
            {"Access-Control-Allow-Credentials", "true"},
            {"Vary", "Origin"}};
}

std::vector<http::HeadField> preflight_fields(std::string_view origin) {
    std::vector<http::HeadField> all = cors_fields(origin);
    all.push_back({"Access-Control-Allow-Methods", "POST, OPTIONS"});
    all.push_back({"Access-Control-Allow-Headers", "Content-Type"});
    all.push_back({"Access-Control-Max-Age", "86400"});
    return all;
}

}  // namespace proxy
