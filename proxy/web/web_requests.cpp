// What each request of a web connection asks for, and the answers that need no more than its head.

#include <array>
#include <utility>

#include "core/log.h"
#include "core/small_file.h"
#include "http/client_address.h"
#include "http/response.h"
#include "http/websocket_request.h"
#include "proxy/web/bosh_exchange.h"
#include "proxy/web/forward_exchange.h"
#include "proxy/web/host_meta.h"
#include "proxy/web/origins.h"
#include "proxy/web/web_connection.h"
#include "proxy/web/web_shared.h"

namespace proxy {

namespace {

constexpr std::uint16_t kHttpsPort = 443;
constexpr std::size_t kChallengeBytes = 4'096;
constexpr std::string_view kText = "text/plain; charset=utf-8";

/// Where the same is served over TLS.
std::uint16_t port_of_https(const conf::Config& config) {
    for (const conf::Listen& listen : config.listen)
        if (listen.kind == conf::ListenKind::web) return listen.address.port();
    return kHttpsPort;
}

}  // namespace

bool WebConnection::is_trusted() const {
    return door_->is_clear && door_->trusts(peer_);
}

void WebConnection::begin_request(http::RequestHead head) {
    ++requests_;
    clock_.cancel();
    state_ = State::answering;
    is_over_ = false;
    method_ = head.method();
    keeps_alive_ = head.keeps_alive() && requests_ < shared_.config().web.requests && !is_last_;
    if (is_trusted()) {
        client_ = http::client_behind(
            head.fields(), peer_, [this](const core::Endpoint& one) { return door_->trusts(one); });
        is_tls_ = http::says_https(head.fields());
    }
    // Answers from a head alone leave no body behind that could be taken for a request.
    if (head.body().kind != http::BodyKind::none) body_.emplace(head.body(), 0);
    if (!is_tls_) return serve_clear(head);
    serve(head, find_place(shared_.config().web, head.path()));
}

void WebConnection::serve(const http::RequestHead& head, const WebPlace& place) {
    if (place.service == WebService::nothing) {
        if (head.method() == http::Method::options && head.target() == "*")
            return respond(204, {}, {});
        return refuse({404, "There is nothing here."});
    }
    if (!allows(place.service, head.method())) {
        const std::array fields{http::HeadField{"Allow", allowed_methods(place.service)}};
        return refuse({405, "This is not answered here."}, fields);
    }
    switch (place.service) {
        case WebService::nothing: break;
        case WebService::websocket: return open_websocket(head);
        case WebService::host_meta:
        case WebService::host_meta_json: return serve_host_meta(head, place.service);
        case WebService::bosh: return begin_bosh(head);
        case WebService::forward: return forward(head, *place.forward);
    }
}

// In clear.

void WebConnection::serve_clear(const http::RequestHead& head) {
    const std::string_view token = challenge_token(head.path());
    if (!token.empty() && !shared_.config().web.acme_challenge.empty())
        return serve_challenge(head, token);
    redirect(head);
}

void WebConnection::serve_challenge(const http::RequestHead& head, std::string_view token) {
    if (head.method() != http::Method::get && head.method() != http::Method::head) {
        const std::array fields{http::HeadField{"Allow", "GET, HEAD"}};
        return refuse({405, "This is not answered here."}, fields);
    }
    // It blocks, but such files are few and small.
    const auto text =
        core::read_small_file(shared_.config().web.acme_challenge / token, kChallengeBytes);
    if (!text) return refuse({404, "There is no such challenge."});
    const std::array fields{http::HeadField{"Content-Type", kText}};
    respond(200, fields, *text);
}

void WebConnection::redirect(const http::RequestHead& head) {
    if (head.host_name().empty()) return refuse({400, "Host says nothing."});
    if (head.target() == "*") return refuse({404, "There is nothing here."});
    std::string location = "https://" + std::string(head.host_name());
    const std::uint16_t port = port_of_https(shared_.config());
    if (port != kHttpsPort) location += ":" + std::to_string(port);
    location += head.target();
    const std::array fields{http::HeadField{"Location", location},
                            http::HeadField{"Content-Type", kText}};
    respond(308, fields, "It is served over https.\n");
}

// Over TLS.

void WebConnection::serve_host_meta(const http::RequestHead& head, WebService service) {
    if (head.host().empty()) return refuse({400, "Host says nothing."});
    const auto form =
        service == WebService::host_meta_json ? HostMetaForm::json : HostMetaForm::xrd;
    const std::array fields{http::HeadField{"Content-Type", content_type(form)},
                            http::HeadField{"Access-Control-Allow-Origin", "*"},
                            http::HeadField{"Cache-Control", "max-age=300"}};
    respond(200, fields, host_meta(shared_.config().web, head.host(), form));
}

void WebConnection::open_websocket(const http::RequestHead& head) {
    if (!is_origin_allowed(shared_.config().web, head.fields()))
        return refuse({403, "This page may not connect here."});
    const auto key = http::read_websocket_key(head);
    if (!key) return refuse(key.error(), http::websocket_refusal_fields(key.error().status));
    const auto protocol = http::choose_subprotocol(head.fields(), "xmpp");
    if (protocol.kind == http::Subprotocol::Kind::malformed ||
        protocol.kind == http::Subprotocol::Kind::other)
        return refuse({400, "The subprotocol here is xmpp (RFC 7395)."});
    AddressPlace place;
    const auto refused = is_last_ ? Refused::process_full : take_place(place);
    if (refused) {
        const std::array fields{http::HeadField{"Retry-After", "10"}};
        return refuse(no_place_for_session(*refused), fields);
    }
    connection_->send(http::write_websocket_answer(*key, protocol.name));
    KnownClient known = take_known_client();
    auto leg = std::make_unique<WebSocketLeg>(shared_.websockets(), std::move(connection_),
                                              std::move(known));
    vanish();
    shared_.host().begin_session(WebSessionKind::websocket, std::move(leg), std::move(place));
}

std::optional<Refused> WebConnection::take_place(AddressPlace& place) {
    place = std::exchange(place_, AddressPlace());
    // A trusted proxy that names nobody is nobody's address.
    const bool is_limited = !is_trusted() || client_ != peer_;
    return shared_.host().take_place(client_, place, comes(), is_limited);
}

void WebConnection::forward(const http::RequestHead& head, const conf::WebForward& to) {
    leave_place();  // nobody logs in here; [web] per_address counts it
    if (http::wants_websocket(head)) {
        const auto key = http::read_websocket_key(head);
        if (!key) return refuse(key.error(), http::websocket_refusal_fields(key.error().status));
    }
    auto exchange = std::make_unique<ForwardExchange>(
        shared_.forwarding(), static_cast<WebAnswer&>(*this), head, to, shared_.config().web.stall);
    ForwardExchange& begun = *exchange;
    begin_exchange(head, std::move(exchange), http::kNoBodyLimit);
    begun.begin();
}

void WebConnection::begin_bosh(const http::RequestHead& head) {
    if (!is_origin_allowed(shared_.config().web, head.fields()))
        return refuse({403, "This page may not connect here."});
    const std::string origin(head.fields().only("Origin").value_or(""));
    if (head.method() == http::Method::options) return respond(204, preflight_fields(origin), {});
    // Of what is packed, nobody knows the size before it is unpacked.
    if (head.fields().only("Content-Encoding").value_or("identity") != "identity" ||
        head.fields().count("Content-Encoding") > 1)
        return refuse({415, "Bodies come as they are here."}, cors_fields(origin));
    begin_exchange(head,
                   std::make_unique<BoshExchange>(shared_, static_cast<WebAnswer&>(*this), head),
                   shared_.config().web.bosh_body);
}

ClientFacts WebConnection::facts() const {
    if (!known_) return know_client(*connection_, client_, local_, false).facts;
    ClientFacts facts = known_->facts;
    facts.client = client_;
    facts.bindings = {};  // requests of a session may come over several connections
    return facts;
}

KnownClient WebConnection::take_known_client() {
    if (!known_) return know_client(*connection_, client_, local_, false);
    known_->facts.client = client_;
    return std::move(*known_);
}

void WebConnection::begin_exchange(const http::RequestHead& head,
                                   std::unique_ptr<WebExchange> exchange,
                                   std::uint64_t most_of_body) {
    exchange_ = std::move(exchange);
    body_.emplace(head.body(), most_of_body);
    state_ = State::body;
    start_clock();
    if (head.expects_continue() && !exchange_->says_continue())
        connection_->send("HTTP/1.1 100 Continue\r\n\r\n");
}

void WebConnection::respond(std::uint16_t status, std::span<const http::HeadField> fields,
                            std::string_view body) {
    http::ResponseWriter writer(status);
    writer.date(shared_.date());
    for (const http::HeadField& field : fields) writer.field(field.name, field.value);
    if (status != 204) writer.content_length(body.size());
    const bool keeps_alive =
        keeps_alive_ && (!body_ || body_->state() == http::BodyReader::State::complete);
    if (!keeps_alive) writer.close();
    std::string response = writer.finish();
    if (method_ != http::Method::head) response.append(body);
    send(response);
    complete(keeps_alive);
}

void WebConnection::log_refusal(const http::Refusal& why) const {
    if (exchange_ && why.status > 500) return;  // who refuses so has said more
    // Strangers ask for all kinds of things.
    // Who asks too often has a line of its own, once in a while.
    const bool is_usual = why.status == 404 || why.status == 429;
    const auto severity = is_usual ? core::Severity::debug : core::Severity::info;
    core::Log(severity, "request_refused")
        .with("peer", client_.to_string())
        .with("status", std::to_string(why.status))
        .with("reason", why.reason);
}

}  // namespace proxy
