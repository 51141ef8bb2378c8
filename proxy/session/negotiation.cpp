#include "proxy/session/negotiation.h"

#include <cassert>
#include <utility>

#include "proxy/session/client_rules.h"
#include "xmpp/client_elements.h"
#include "xmpp/jid.h"
#include "xmpp/limits.h"
#include "xmpp/namespaces.h"
#include "xmpp/sasl_user.h"
#include "xmpp/starttls.h"
#include "xmpp/stream_features.h"

namespace proxy {

using xmpp::StreamErrorCondition;
using xmpp::TokenKind;

namespace {

/// The whole clear stream has one bound, so a single token of it can need no more.
constexpr xmpp::ScanLimits kClearLimits{.bytes = xmpp::kClearStreamBytes,
                                        .depth = 4,
                                        .attributes = 32,
                                        .elements = 8,
                                        .namespaces = 32};

/// Markup, or nothing but the white space that may precede it. Another protocol's greeting (HTTP, a
/// TLS ClientHello on the STARTTLS port) is neither.
bool begins_like_xml(std::string_view window) {
    const auto first = window.find_first_not_of(" \t\r\n");
    return first == std::string_view::npos || window[first] == '<';
}

}  // namespace

Negotiation::Negotiation(xmpp::StreamScanner& scanner, const NegotiationSettings& settings)
    : scanner_(scanner), settings_(settings) {
    switch (settings.begins) {
        case LegBegins::in_clear: scanner_.set_limits(kClearLimits); break;
        case LegBegins::with_tls: enter(State::tls); break;
        case LegBegins::secured: begin_protected_stream(); break;
    }
}

void Negotiation::on_secured() {
    assert(state_ == State::tls);
    begin_protected_stream();
}

void Negotiation::begin_protected_stream() {
    scanner_.restart();
    scanner_.set_limits(xmpp::kLimitsBeforeLogin);
    header_sent_ = false;
    replies_ = 0;
    domain_.clear();
    client_address_.clear();
    enter(State::header);
}

Negotiation::Step Negotiation::feed(std::string_view window) {
    assert(state_ == State::clear_header || state_ == State::clear_stream ||
           state_ == State::header || state_ == State::login);
    const xmpp::Token token = scanner_.next(window);
    if (token.kind == TokenKind::refused) {
        if (!begins_like_xml(window)) return refuse_junk();
        return end(EndReason::bad_client_xml, xmpp::condition_of(token.refusal.rule),
                   xmpp::to_string(token.refusal.rule), xmpp::limit_text(token.refusal));
    }
    if (is_clear()) {
        clear_bytes_ += token.size;
        if (clear_bytes_ > xmpp::kClearStreamBytes) {
            return end(EndReason::data_before_tls, StreamErrorCondition::policy_violation,
                       "too_many_bytes",
                       "start TLS first: " + std::to_string(xmpp::kClearStreamBytes) +
                           " bytes may come before it");
        }
    }
    if (state_ == State::clear_stream) return on_clear_token(token, window);
    if (state_ == State::login) return on_login_token(token, window);
    if (token.kind == TokenKind::stream_open) return on_header(token, window);
    return {.consumed = token.size,
            .action = {}};  // white space before the header, or not complete
}

Negotiation::Step Negotiation::refuse_junk() {
    // In clear this is data that has no business before TLS; inside TLS it is broken XML.
    if (!is_clear()) {
        return end(EndReason::bad_client_xml, StreamErrorCondition::not_well_formed, "junk");
    }
    return end(EndReason::data_before_tls, StreamErrorCondition::policy_violation, "junk",
               "this port speaks XMPP");
}

Negotiation::Step Negotiation::on_header(const xmpp::Token& token, std::string_view window) {
    auto header = xmpp::read_stream_header(window.substr(0, token.size));
    if (!header) return end(EndReason::bad_header, header.error(), xmpp::to_string(header.error()));
    client_address_ = header->from;
    if (!header->speaks_features) {
        return end(EndReason::bad_header, StreamErrorCondition::unsupported_version, "version",
                   "XMPP version 1.0 is needed");
    }
    if (header->to.empty()) {
        return end(EndReason::bad_header, StreamErrorCondition::improper_addressing, "to",
                   "the stream header must name a domain in 'to'");
    }
    // RFC 6120 section 4.9.3.6.
    auto domain = xmpp::prepared_domain(header->to);
    if (!domain || !settings_.serves(*domain)) {
        return end(EndReason::host_unknown, StreamErrorCondition::host_unknown,
                   domain ? *domain : "not_a_domain", "this domain is not served here");
    }
    domain_ = *std::move(domain);

    if (state_ == State::header) return on_protected_header(*std::move(header), token.size);
    enter(State::clear_stream);
    return {.consumed = token.size, .action = Answer{answer_to(*header) + xmpp::clear_features()}};
}

Negotiation::Step Negotiation::on_protected_header(xmpp::StreamHeader header, std::size_t size) {
    const FeaturesProfile* profile =
        settings_.profile_for ? settings_.profile_for(domain_) : nullptr;
    if (profile == nullptr) {
        enter(State::routed);
        return {.consumed = size,
                .action =
                    Route{.domain = domain_, .header = std::move(header), .user = {}, .login = {}}};
    }
    enter(State::login);
    const std::string& features = profile->features_for(header_form(header.from, domain_));
    std::string answer = answer_to(header, profile->prefixes) + features;
    xmpp::NamespaceBindings declared = xmpp::usual_bindings();
    declared.insert(declared.end(), profile->prefixes.begin(), profile->prefixes.end());
    offer_ = std::make_unique<const ShownOffer>(ShownOffer{
        .header = std::move(header),
        .features = xmpp::read_features(features, declared).value_or(xmpp::FeaturesSummary{}),
        .prefixes = profile->prefixes});
    return {.consumed = size, .action = Answer{std::move(answer)}};
}

std::string Negotiation::answer_to(const xmpp::StreamHeader& header,
                                   const xmpp::NamespaceBindings& prefixes) {
    header_sent_ = true;
    return xmpp::write_response_header({.from = header.to,
                                        .to = header.from,
                                        .lang = header.lang,
                                        .id = settings_.make_stream_id(),
                                        .prefixes = prefixes});
}

Negotiation::Step Negotiation::on_clear_token(const xmpp::Token& token, std::string_view window) {
    using Kind = xmpp::ClearStreamAnswer::Kind;
    const auto answer = xmpp::judge_clear_token(token);
    switch (answer.kind) {
        case Kind::wait: return {.consumed = token.size, .action = {}};
        case Kind::start_tls:
            // RFC 6120 sections 5.3.3 and 5.4.2.3: nothing may come between the '>' and TLS, for it
            // would be taken for protected data.
            if (!xmpp::may_start_tls(window.substr(token.size))) {
                enter(State::ended);
                return {.consumed = window.size(),
                        .action = End{.reason = EndReason::data_before_tls,
                                      .bytes = std::string(xmpp::kStarttlsFailure),
                                      .detail = "bytes_after_starttls"}};
            }
            enter(State::tls);
            return {.consumed = window.size(), .action = StartTls{.domain = domain_}};
        case Kind::close: return close(token.size, "before_tls");
        case Kind::reply: return reply(token.size, answer.reply);
        case Kind::refuse: break;
    }
    return end(EndReason::data_before_tls, answer.condition, xmpp::to_string(answer.condition),
               "start TLS first");
}

Negotiation::Step Negotiation::on_login_token(const xmpp::Token& token, std::string_view window) {
    if (token.kind == TokenKind::stream_close) return close(token.size, "before_login");
    if (token.kind != TokenKind::element) return {.consumed = token.size, .action = {}};
    if (token.is("error", xmpp::ns::kStreams)) return close(token.size, "before_login");
    if (xmpp::asks_for_compression(token))
        return reply(token.size, std::string(xmpp::kCompressionRefused));
    auto refusal = judge_element(token);
    if (!refusal) refusal = judge_element_before_login(token);
    if (refusal) return end(refusal->reason, refusal->condition, refusal->detail);
    // An iq is no login, but what registers an account also needs a backend.
    if (token.is_stanza() || xmpp::login_profile(token.local_name, token.namespace_uri)) {
        return route_login(window.substr(0, token.size));
    }
    return end(EndReason::not_offered, StreamErrorCondition::unsupported_stanza_type,
               "element_before_login", "log in first");
}

Negotiation::Step Negotiation::route_login(std::string_view element) {
    KeptLogin kept;
    kept.element = LoginElement(std::string(element));
    kept.client_bindings = offer_->header.bindings;
    kept.prefixes = offer_->prefixes;
    std::string user;
    std::optional<xmpp::SmId> previd;
    if (auto login = xmpp::read_sasl_login(element, domain_, offer_->header.bindings)) {
        kept.profile = login->profile;
        user = std::move(login->user);
        previd = std::move(login->previd);
        // A mechanism out of the blue is for any backend to refuse, and no fault of theirs.
        kept.is_offered = xmpp::offers(offer_->features, login->profile, login->mechanism);
        kept.mechanism = std::move(login->mechanism);
    }
    enter(State::routed);
    return {.consumed = element.size(),
            .action = Route{.domain = domain_,
                            .header = offer_->header,
                            .user = std::move(user),
                            .login = std::move(kept),
                            .previd = std::move(previd)}};
}

Negotiation::Step Negotiation::reply(std::size_t consumed, std::string bytes) {
    if (++replies_ <= xmpp::kRefusalsMost)
        return {.consumed = consumed, .action = Answer{std::move(bytes)}};
    // RFC 6120 section 6.4.5.
    const auto reason = is_clear() ? EndReason::data_before_tls : EndReason::not_offered;
    return end(reason, StreamErrorCondition::policy_violation, "too_many_tries",
               is_clear() ? "start TLS first" : "log in first");
}

Negotiation::Step Negotiation::close(std::size_t consumed, std::string_view detail) {
    enter(State::ended);
    return {.consumed = consumed,
            .action = End{.reason = EndReason::client_closed,
                          .bytes = std::string(xmpp::kStreamEnd),
                          .detail = std::string(detail)}};
}

Negotiation::Step Negotiation::end(EndReason reason, StreamErrorCondition condition,
                                   std::string_view detail, std::string_view text) {
    auto bytes = refuse(condition, text);
    enter(State::ended);
    return {.consumed = 0,
            .action = End{.reason = reason,
                          .bytes = std::move(bytes),
                          .detail = std::string(detail),
                          .condition = condition}};
}

std::string Negotiation::refuse(StreamErrorCondition condition, std::string_view text) {
    if (state_ == State::tls || state_ == State::ended) return {};
    if (header_sent_) return xmpp::stream_error_and_close(condition, text);
    return xmpp::refuse_stream(
        {.from = domain_, .to = client_address_, .lang = {}, .id = settings_.make_stream_id()},
        condition, text);
}

std::string_view to_string(Negotiation::State state) {
    switch (state) {
        case Negotiation::State::clear_header: return "clear_header";
        case Negotiation::State::clear_stream: return "clear_stream";
        case Negotiation::State::tls: return "tls";
        case Negotiation::State::header: return "header";
        case Negotiation::State::login: return "login";
        case Negotiation::State::routed: return "routed";
        case Negotiation::State::ended: return "ended";
    }
    return "unknown";
}

}  // namespace proxy
