#include "proxy/web/host_meta.h"

#include <vector>

#include "core/quoted_text.h"
#include "xmpp/xml_text.h"

namespace proxy {

namespace {

constexpr std::string_view kHttps = "https://";

struct Link {
    std::string_view rel;
    std::string href;
};

std::vector<Link> links(const conf::Web& web, std::string_view host) {
    const std::string base =
        web.public_url.empty() ? std::string(kHttps).append(host) : web.public_url;
    std::vector<Link> all;
    if (!web.bosh.empty()) all.push_back({"urn:xmpp:alt-connections:xbosh", base + web.bosh});
    if (!web.websocket.empty())
        all.push_back({"urn:xmpp:alt-connections:websocket",
                       "wss://" + base.substr(kHttps.size()) + web.websocket});
    return all;
}

}  // namespace

std::string host_meta(const conf::Web& web, std::string_view host, HostMetaForm form) {
    const bool is_json = form == HostMetaForm::json;
    std::string text = is_json ? "{\"links\":["
                               : "<?xml version='1.0' encoding='utf-8'?>\n"
                                 "<XRD xmlns='http://docs.oasis-open.org/ns/xri/xrd-1.0'>\n";
    bool is_first = true;
    for (const Link& link : links(web, host)) {
        if (is_json) {
            text += is_first ? "" : ",";
            text += "{\"rel\":" + core::json_quoted(link.rel) +
                    ",\"href\":" + core::json_quoted(link.href) + "}";
        } else {
            text += "<Link rel='";
            text += link.rel;
            text += "' href='" + xmpp::escaped(link.href) + "'/>\n";
        }
        is_first = false;
    }
    return text + (is_json ? "]}\n" : "</XRD>\n");
}

std::string_view content_type(HostMetaForm form) {
    return form == HostMetaForm::json ? "application/json" : "application/xrd+xml; charset=utf-8";
}

}  // namespace proxy
