#pragma once
// Which page a request of monitoring asks for, and what it says. Pure but for its source; control
// loop's thread.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "core/result.h"
#include "http/refusal.h"
#include "http/request_head.h"
#include "proxy/monitor/last_hour.h"
#include "proxy/monitor/monitored.h"

namespace proxy {

struct Page {
    std::uint16_t status = 200;
    std::string_view type;  // of the body
    std::string body;
};

/// A page in a browser of the same machine may be led here by a name of its own (DNS rebinding). So
/// Host must be an address, "localhost" or one of `names`.
bool is_expected_host(std::string_view host, std::span<const std::string> names);

/// `/`, `/status.json`, `/metrics`, `/live`, `/ready`; to GET and HEAD.
core::Result<Page, http::Refusal> page_for(const http::RequestHead& request,
                                           std::span<const std::string> names,
                                           const Monitored& what, const LastHour& hour);

}  // namespace proxy
