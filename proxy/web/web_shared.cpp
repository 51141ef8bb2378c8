#include "proxy/web/web_shared.h"

#include <ctime>

namespace proxy {

WebShared::WebShared(Environment environment)
    : environment_(environment),
      websockets_{.loop = environment.loop,
                  .scan_work = environment.scan_work,
                  .pulse = WebSocketPulse(environment.loop)},
      xmpp_clients_{.loop = environment.loop,
                    .watermarks = environment.watermarks,
                    .tls = nullptr,
                    .begins_in_clear = false} {}

void WebShared::use(const Settings& settings) {
    settings_ = settings;
    websockets_.limits = settings.limits;
    websockets_.close = settings.config->limits.close;
    xmpp_clients_.tls = settings.tls_with_xmpp;
}

std::string_view WebShared::date() {
    return date_.at(std::time(nullptr));
}

}  // namespace proxy
