#include "http/forwarded.h"

#include <algorithm>
#include <array>

#include "http/field_text.h"
#include "http/response.h"

namespace http {
namespace {

/// Of one connection, or written anew.
constexpr std::array<std::string_view, 11> kOfOneConnection{
    "Connection",
    "Keep-Alive",
    "Proxy-Connection",
    "Upgrade",
    "TE",
    "Trailer",
    "HTTP2-Settings",
    "Transfer-Encoding",
    "Proxy-Authenticate",
    "Proxy-Authorization",
    "Content-Length",
};
/// Of requests: what we say ourselves, and what would lead a server to another path than ours.
constexpr std::array<std::string_view, 7> kOursToSay{
    "Host",           "Expect",          "Forwarded",     "X-Real-IP",
    "X-Original-URL", "X-Original-Host", "X-Rewrite-URL",
};
constexpr std::string_view kForwardedPrefix = "X-Forwarded-";

/// CGI and its kin know no '-' in names, so that '_' makes the same name to them.
std::string with_hyphens(std::string_view name) {
    std::string text(name);
    std::ranges::replace(text, '_', '-');
    return text;
}

bool is_among(std::string_view name, const auto& names) {
    return std::ranges::any_of(names,
                               [&](std::string_view other) { return same_word(name, other); });
}

bool is_of_one_connection(const HeadFields& fields, std::string_view name) {
    return is_among(name, kOfOneConnection) || fields.has_in_list("Connection", name);
}

bool is_ours_to_say(std::string_view name) {
    return is_among(name, kOursToSay) ||
           same_word(name.substr(0, kForwardedPrefix.size()), kForwardedPrefix);
}

bool is_dropped(const HeadFields& fields, std::string_view name) {
    const std::string hyphened = with_hyphens(name);
    return fields.has_in_list("Connection", name) || is_among(hyphened, kOfOneConnection) ||
           is_ours_to_say(hyphened);
}

void append_field(std::string& out, std::string_view name, std::string_view value) {
    out.append(name).append(": ").append(value).append("\r\n");
}

void append_body_fields(std::string& out, const BodyFraming& body) {
    if (body.kind == BodyKind::length)
        append_field(out, "Content-Length", std::to_string(body.length));
    if (body.kind == BodyKind::chunked) append_field(out, "Transfer-Encoding", "chunked");
}

/// RFC 7239 sections 4 and 6: an IPv6 address stands in brackets, and those in quotes.
void append_client_fields(std::string& out, std::string_view host, const ForwardedRequest& facts) {
    const std::string address = facts.client.address_text();
    const std::string_view proto = facts.is_tls ? "https" : "http";
    const std::string node = facts.client.is_v4() ? address : "\"[" + address + "]\"";
    std::string forwarded = "for=" + node;
    if (!host.empty()) forwarded.append(";host=\"").append(host).append("\"");
    append_field(out, "Forwarded", forwarded.append(";proto=").append(proto));
    append_field(out, "X-Forwarded-For", address);
    append_field(out, "X-Forwarded-Proto", proto);
    if (!host.empty()) append_field(out, "X-Forwarded-Host", host);
}

}  // namespace

std::string write_forwarded_request(const RequestHead& head, const ForwardedRequest& facts) {
    constexpr std::size_t kOurFields = 300;
    std::string out;
    out.reserve(head.fields().text().size() + kOurFields);
    out.append(to_string(head.method())).append(" ").append(head.target()).append(" HTTP/1.1\r\n");
    append_field(out, "Host", head.host());
    for (const HeadField field : head.fields())
        if (!is_dropped(head.fields(), field.name)) append_field(out, field.name, field.value);
    append_client_fields(out, head.host(), facts);
    append_body_fields(out, head.body());
    if (head.expects_continue()) append_field(out, "Expect", "100-continue");
    if (!facts.upgrade.empty()) {
        append_field(out, "Connection", "Upgrade");
        append_field(out, "Upgrade", facts.upgrade);
    } else if (!facts.keeps_backend) {
        append_field(out, "Connection", "close");
    }
    return out.append("\r\n");
}

ForwardedResponse write_forwarded_response(const ResponseHead& head, const AnsweredClient& client) {
    const bool is_modern = client.minor_version == 1;
    ForwardedResponse response{.body = head.body(), .keeps_alive = client.keeps_alive && is_modern};
    if (head.is_interim() && !is_modern) return response;
    if (head.body().kind == BodyKind::chunked || head.body().kind == BodyKind::until_close)
        response.body = {is_modern ? BodyKind::chunked : BodyKind::until_close};

    ResponseWriter writer(head.status(), head.reason());
    for (const HeadField field : head.fields())
        if (!is_of_one_connection(head.fields(), field.name)) writer.field(field.name, field.value);
    if (response.body.kind == BodyKind::length) writer.content_length(response.body.length);
    if (response.body.kind == BodyKind::chunked) writer.chunked();
    // The length that the body would have, of an answer to HEAD or of one that did not change.
    const auto length = head.fields().only("Content-Length");
    const bool may_name_length = head.status() >= 200 && head.status() != 204;
    if (head.body().kind == BodyKind::none && length && may_name_length)
        writer.field("Content-Length", *length);
    if (head.is_upgrade()) {
        writer.field("Connection", "Upgrade");
        writer.field("Upgrade", head.fields().find("Upgrade").value_or(""));
    } else if (!response.keeps_alive && !head.is_interim()) {
        writer.close();
    }
    response.head = writer.finish();
    return response;
}

}  // namespace http
