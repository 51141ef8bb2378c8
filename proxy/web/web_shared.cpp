#include "proxy/web/web_shared.h"

#include <ctime>
#include <utility>

namespace proxy {

WebShared::WebShared(Environment environment)
    : environment_(std::move(environment)),
      websockets_{.loop = environment_.loop,
                  .scan_work = environment_.scan_work,
                  .pulse = WebSocketPulse(environment_.loop),
                  .counts = environment_.counts},
      bosh_({.loop = environment_.loop,
             .scan_work = environment_.scan_work,
             .desks = environment_.process->desks,
             .worker = environment_.worker}),
      xmpp_clients_{.loop = environment_.loop,
                    .watermarks = environment_.watermarks,
                    .tls = nullptr,
                    .begins_in_clear = false} {}

void WebShared::use(const Settings& settings) {
    settings_ = settings;
    websockets_.limits = settings.limits;
    websockets_.close = settings.config->limits.close;
    xmpp_clients_.tls = settings.tls_with_xmpp;
    xmpp_clients_.tells_bindings = settings.tells_bindings;
    bosh_.use(settings.config->web);
}

std::string_view WebShared::date() {
    return date_.at(std::time(nullptr));
}

}  // namespace proxy
