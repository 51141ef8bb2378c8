#include "proxy/monitor/pages.h"

#include <algorithm>
#include <utility>

#include "core/endpoint.h"
#include "http/host.h"
#include "proxy/admin/json.h"
#include "proxy/monitor/metrics.h"
#include "proxy/monitor/readiness.h"
#include "proxy/monitor/status_page.h"

namespace proxy {

namespace {

constexpr std::string_view kPlain = "text/plain; charset=utf-8";

bool is_address(std::string_view name) {
    return core::Endpoint::parse(std::string(name) + ":1").has_value();
}

Page ready_page(const Monitored& what) {
    std::string why = why_not_ready(what);
    if (why.empty()) return {.type = kPlain, .body = "ready\n"};
    return {.status = 503, .type = kPlain, .body = "not ready: " + std::move(why)};
}

}  // namespace

bool is_expected_host(std::string_view host, std::span<const std::string> names) {
    const auto read = http::read_host(host);
    if (!read) return false;
    return read->name == "localhost" || is_address(read->name) ||
           std::find(names.begin(), names.end(), read->name) != names.end();
}

core::Result<Page, http::Refusal> page_for(const http::RequestHead& request,
                                           std::span<const std::string> names,
                                           const Monitored& what, const LastHour& hour) {
    if (!is_expected_host(request.host(), names))
        return core::fail(http::Refusal{
            421, "Host is neither an address nor localhost; [admin] http_hosts names others."});
    if (request.method() != http::Method::get && request.method() != http::Method::head)
        return core::fail(http::Refusal{405, "Only GET and HEAD are answered here."});
    const std::string_view path = request.path();
    if (path == "/")
        return Page{.type = "text/html; charset=utf-8", .body = status_page(what, hour)};
    if (path == "/status.json")
        return Page{.type = "application/json", .body = status_json(what.status, what.now)};
    if (path == "/metrics") return Page{.type = kMetricsType, .body = metrics_text(what)};
    if (path == "/live") return Page{.type = kPlain, .body = "alive\n"};
    if (path == "/ready") return ready_page(what);
    return core::fail(http::Refusal{404, "Try /, /status.json, /metrics, /live or /ready."});
}

}  // namespace proxy
