#pragma once
// Where web clients find BOSH and WebSocket (XEP-0156). Pure; any thread.

#include <string>
#include <string_view>

#include "conf/config.h"

namespace proxy {

enum class HostMetaForm : bool { xrd, json };

/// `host`: of the request, with the port that the client has used; what it has reached it by is
/// right for others, too, unless [web] public_url says otherwise.
std::string host_meta(const conf::Web& web, std::string_view host, HostMetaForm form);
std::string_view content_type(HostMetaForm form);

}  // namespace proxy
