#include "proxy/session/relay.h"

#include <utility>

#include "proxy/offers/first_answer.h"
#include "proxy/session/client_rules.h"
#include "proxy/session/token_run.h"
#include "xmpp/client_elements.h"
#include "xmpp/jid.h"
#include "xmpp/namespaces.h"
#include "xmpp/sasl_element.h"
#include "xmpp/sasl_user.h"
#include "xmpp/stream_error_reader.h"
#include "xmpp/stream_header.h"

namespace proxy {

using xmpp::StreamErrorCondition;
using xmpp::Token;
using xmpp::TokenKind;
namespace ns = xmpp::ns;

Relay::Relay(xmpp::ScanWorkPool& pool, const RelayLimits& limits, const Resumption& resumption)
    : limits_(&limits),
      resumption_(resumption),
      from_client_(pool, xmpp::kLimitsBeforeLogin),
      from_backend_(pool, kFirstAnswerLimits) {}

Relay::~Relay() {
    note_resume(ResumeResult::unanswered);
}

void Relay::set_limits(const RelayLimits& limits) {
    limits_ = &limits;
    if (answered_) from_backend_.set_limits(limits.from_backend);
    if (logged_in_) from_client_.set_limits(limits.from_client);
}

void Relay::begin(std::string domain, xmpp::NamespaceBindings bindings) {
    domain_ = std::move(domain);
    if (xmpp::are_usual(bindings)) return;
    logins_ = std::make_unique<Logins>();
    logins_->client_bindings = std::move(bindings);
}

void Relay::begin(std::string domain, KeptLogin login, std::string user) {
    domain_ = std::move(domain);
    logins_ = std::make_unique<Logins>();
    logins_->kept = std::move(login);
    if (logins_->kept->profile) note_login(logins_->kept->mechanism, std::move(user));
}

void Relay::send_login(ByteSink& to_backend) {
    if (!logins_ || !logins_->kept) return;
    const std::string_view element = logins_->kept->element.reveal();
    if (const auto edited = edited_login(element, logins_->kept->client_bindings)) {
        to_backend.send(LoginElement(*edited).reveal());
    } else {
        to_backend.send(element);
    }
    logins_->kept.reset();
}

void Relay::set_backend(const Backend& backend) {
    held_bindings_ = backend.bindings;
    owner_ = backend.owner;
    pool_ = backend.pool;
    resume_anywhere_ = backend.resume_anywhere;
}

std::string Relay::refuse_login(std::string_view text) {
    if (!logins_ || !logins_->kept || !logins_->kept->profile) return {};
    constexpr std::string_view kForNow = "temporary-auth-failure";
    note_failed_login(kForNow);
    return xmpp::sasl_failure(*logins_->kept->profile, kForNow, text) +
           std::string(xmpp::kStreamEnd);
}

void Relay::note_login(std::string_view mechanism, std::string user) {
    user_ = user.empty() ? nullptr : std::make_unique<const std::string>(std::move(user));
    logins().watch.begin(mechanism, this->user());
}

void Relay::note_failed_login(std::string_view condition) {
    asked_.reset();  // with the login
    logins().watch.fail(condition);
}

FailedLogins Relay::take_failed_logins() {
    if (!logins_) return {};
    FailedLogins failed = logins_->watch.take();
    if (logged_in_) logins_.reset();
    return failed;
}

void Relay::restart_backend() {
    from_backend_.restart();
    unusual_bindings_.reset();
    if (logins_) logins_->held_header.clear();
}

const xmpp::NamespaceBindings& Relay::backend_bindings() const {
    return unusual_bindings_ ? *unusual_bindings_ : xmpp::usual_bindings();
}

void Relay::log_in() {
    logged_in_ = true;
    from_client_.set_limits(limits_->from_client);
}

const xmpp::NamespaceBindings& Relay::client_bindings() const {
    const bool are_unusual = logins_ && !logins_->client_bindings.empty();
    return are_unusual ? logins_->client_bindings : xmpp::usual_bindings();
}

Relay::Logins& Relay::logins() {
    if (!logins_) logins_ = std::make_unique<Logins>();
    return *logins_;
}

// From client to backend.

RelayStep Relay::on_client_bytes(std::string_view window, ByteSink& to_backend) {
    TokenRun run(window, to_backend);
    for (;;) {
        if (client_closed_) {
            // Nothing may follow the end of a stream, and nobody waits for it.
            return run.finish_and_drop_rest();
        }
        const Token token = from_client_.next(run.rest());
        if (logged_in_ && token.is_stanza()) {
            ++stanzas_in_;
            run.note_stanza(token.local_name);
            run.take(token.size);
            continue;
        }
        if (token.kind == TokenKind::need_more) return run.finish();
        if (token.kind == TokenKind::refused) {
            const auto rule = token.refusal.rule;
            return run.finish(RelayEnd{EndReason::bad_client_xml, xmpp::condition_of(rule),
                                       xmpp::to_string(rule), xmpp::limit_text(token.refusal)});
        }
        Verdict verdict = judge_client_token(token, run.rest().substr(0, token.size));
        if (verdict.end) return run.finish(std::move(verdict.end));
        if (!verdict.reply.empty()) return run.finish_with_reply(token.size, verdict.reply);
        if (token.is_stanza()) run.note_stanza(token.local_name);
        if (verdict.replacement) {
            run.replace(token.size, *verdict.replacement);
        } else {
            run.take(token.size);
        }
    }
}

Relay::Verdict Relay::judge_client_token(const Token& token, std::string_view bytes) {
    switch (token.kind) {
        case TokenKind::stream_open: return judge_client_header(bytes);
        case TokenKind::stream_close:
            client_closed_ = true;
            // The header the backend has seen is ours, so its end tag is, whatever prefix the
            // client has.
            return bytes == xmpp::kStreamEnd
                       ? Verdict{}
                       : Verdict{.replacement = std::string(xmpp::kStreamEnd), .end = {}};
        case TokenKind::whitespace: return authenticated_stream_has_begun() ? Verdict{} : dropped();
        case TokenKind::element: break;
        default: return {};
    }
    if (xmpp::asks_for_compression(token) && !owes_header())
        return answered_here(xmpp::kCompressionRefused);
    if (const auto end = judge_element(token)) return {.replacement = {}, .end = end};
    if (token.is("error", ns::kStreams)) {
        // Legal, and the end of the stream (RFC 6120 section 4.9.1.1): it concerns nobody behind
        // us, and a backend might take it for the word of a server.
        return {
            .replacement = {},
            .end = RelayEnd{EndReason::client_error, StreamErrorCondition::unsupported_stanza_type,
                            xmpp::to_string(xmpp::read_stream_error(bytes))}};
    }
    if (token.is_stanza()) ++stanzas_in_;
    if (logged_in_) return token.local_name == "resume" ? judge_resume(token, bytes) : Verdict{};
    if (!xmpp::login_profile(token.local_name, token.namespace_uri))
        return {.replacement = {}, .end = judge_element_before_login(token)};
    const xmpp::NamespaceBindings bindings = client_bindings();
    const auto login = xmpp::read_sasl_login(bytes, domain_, bindings);
    note_login(login ? login->mechanism : std::string(), login ? login->user : std::string());
    return {.replacement = edited_login(bytes, bindings), .end = {}};
}

/// Of what is no reason to end the stream, but no reason to answer for ever either: a client that
/// reads none of it would fill our memory.
Relay::Verdict Relay::answered_here(std::string_view reply) {
    if (++replies_ <= xmpp::kRefusalsMost) return {.replacement = {}, .end = {}, .reply = reply};
    return {.replacement = {},
            .end = RelayEnd{EndReason::not_offered, StreamErrorCondition::policy_violation,
                            "too_many_tries"}};
}

Relay::Verdict Relay::judge_client_header(std::string_view bytes) {
    const auto refuse = [](EndReason reason, StreamErrorCondition condition) {
        return Verdict{.replacement = {},
                       .end = RelayEnd{reason, condition, xmpp::to_string(condition)}};
    };
    const auto header = xmpp::read_stream_header(bytes);
    if (!header) return refuse(EndReason::bad_header, header.error());
    // The backend was chosen for one domain; after SASL the stream is still for that one.
    if (xmpp::prepared_domain(header->to) != domain_) {
        return refuse(EndReason::host_unknown, StreamErrorCondition::host_unknown);
    }
    header_due_ = false;
    return {.replacement = xmpp::write_initial_header(*header), .end = {}};
}

std::string_view Relay::goodbye_to_backend() const {
    return client_closed_ || header_due_ ? std::string_view() : xmpp::kStreamEnd;
}

}  // namespace proxy
