// From backend to client.

#include <algorithm>
#include <charconv>
#include <utility>

#include "proxy/offers/first_answer.h"
#include "proxy/session/relay.h"
#include "proxy/session/token_run.h"
#include "xmpp/namespaces.h"
#include "xmpp/sasl_failure.h"
#include "xmpp/sasl_user.h"
#include "xmpp/stream_error.h"
#include "xmpp/stream_error_reader.h"
#include "xmpp/stream_features.h"
#include "xmpp/stream_header.h"
#include "xmpp/stream_management.h"

namespace proxy {

using xmpp::StreamErrorCondition;
using xmpp::Token;
using xmpp::TokenKind;
namespace ns = xmpp::ns;

namespace {

bool is_true(std::optional<std::string_view> xml_boolean) {
    return xml_boolean == "true" || xml_boolean == "1";
}

bool is_stream_management(std::string_view uri) {
    return uri == ns::kSm3 || uri == ns::kSm2;
}

bool are_declared(const std::optional<xmpp::NamespaceBindings>& prefixes,
                  const xmpp::NamespaceBindings& declared) {
    return prefixes && std::all_of(prefixes->begin(), prefixes->end(), [&](const auto& each) {
               return std::find(declared.begin(), declared.end(), each) != declared.end();
           });
}

/// Of what a backend says instead of a stream that can be gone on with.
RelayEnd backend_refused(std::string_view detail) {
    return {EndReason::backend_refused, StreamErrorCondition::internal_server_error, detail};
}

/// RFC 6120 section 4.9.3.19 would send the client past this proxy to an address that it may not
/// even reach. It may connect here again instead, and be routed anew.
StreamErrorCondition kept_inside(StreamErrorCondition condition) {
    return condition == StreamErrorCondition::see_other_host ? StreamErrorCondition::reset
                                                             : condition;
}

RelayEnd end_for(const AnswerFault& fault) {
    if (fault.error) return {EndReason::backend_error, kept_inside(*fault.error), fault.word};
    if (fault.reason == balancer::HealthReason::ended_early)
        return {EndReason::backend_closed, StreamErrorCondition::internal_server_error, fault.word};
    return backend_refused(fault.word);
}

}  // namespace

RelayStep Relay::on_backend_bytes(std::string_view window, ByteSink& to_client) {
    TokenRun run(window, to_client);
    for (;;) {
        if (backend_closed_) {
            // Nothing may follow the end of a stream, and ours may have come before the backend's.
            return run.finish_and_drop_rest();
        }
        const Token token = from_backend_.next(run.rest());
        if (answered_ && token.is_stanza()) {
            ++stanzas_out_;
            run.note_stanza(token.local_name);
            if (!logged_in_) note_stanza_before_login(token, run.rest().substr(0, token.size));
            run.take(token.size);
            continue;
        }
        if (token.kind == TokenKind::need_more) return run.finish();
        if (token.kind == TokenKind::refused) {
            return run.finish(RelayEnd{EndReason::bad_backend_xml,
                                       StreamErrorCondition::internal_server_error,
                                       xmpp::to_string(token.refusal.rule)});
        }
        Verdict verdict = judge_backend_token(token, run.rest().substr(0, token.size));
        if (verdict.end) return run.finish(std::move(verdict.end));
        if (verdict.replacement) {
            run.replace(token.size, *verdict.replacement);
        } else {
            run.take(token.size);
        }
    }
}

Relay::Verdict Relay::judge_backend_token(const Token& token, std::string_view bytes) {
    if (!answered_) return judge_first_token(token, bytes);
    switch (token.kind) {
        case TokenKind::stream_open: return judge_later_header(bytes);
        case TokenKind::stream_close: backend_closed_ = true; return {};
        case TokenKind::whitespace: return from_backend_.awaits_header() ? dropped() : Verdict{};
        case TokenKind::element: break;
        default: return {};
    }
    return judge_backend_element(token, bytes);
}

Relay::Verdict Relay::judge_backend_element(const Token& token, std::string_view bytes) {
    if (token.is("features", ns::kStreams)) return judge_features(bytes);
    if (token.is("error", ns::kStreams)) return judge_backend_error(bytes);
    if (token.is("success", ns::kSasl) && !logged_in_) {
        // RFC 6120 section 6.4.6: both sides begin anew right behind it.
        log_in();
        header_due_ = true;
        from_client_.restart();
        from_backend_.restart();
        unusual_bindings_.reset();
        return {};
    }
    if (token.is("success", ns::kSasl2)) {
        log_in();
        Verdict verdict{.replacement = edited_answer(bytes), .end = {}};
        note_success(bytes);
        return verdict;
    }
    if (token.namespace_uri == ns::kFraming) {
        // Of WebSocket alone, where its <close/> can lead clients elsewhere.
        resumption_.counts->count(SideDoor::see_other_uri);
        return dropped();
    }
    if (is_stream_management(token.namespace_uri)) return judge_stream_management(token, bytes);
    if (token.local_name == "failure" && !logged_in_ &&
        (token.namespace_uri == ns::kSasl || token.namespace_uri == ns::kSasl2))
        note_failed_login(xmpp::read_sasl_failure(bytes, backend_bindings()));
    return {};
}

/// XEP-0198 sections 3 and 5: whether the session outlives its TCP is the backend's to say.
Relay::Verdict Relay::judge_stream_management(const Token& token, std::string_view bytes) {
    Verdict verdict;
    if (token.local_name == "resumed") {
        resumable_ = true;
        verdict.replacement = edited_answer(bytes);
        note_resume(ResumeResult::resumed);
    } else if (token.local_name == "enabled") {
        const xmpp::ElementReader reader(bytes, backend_bindings());
        note_enabled(reader.root());
        verdict.replacement = edited_answer(bytes);
    } else if (token.local_name == "failed") {
        const xmpp::ElementReader reader(bytes, backend_bindings());
        note_resume_failed(reader.root());
    }
    return verdict;
}

Relay::Verdict Relay::judge_first_token(const Token& token, std::string_view bytes) {
    if (token.kind == TokenKind::whitespace) return dropped();
    if (token.kind == TokenKind::stream_open) return hold_header(bytes);
    const auto offered = read_first_answer(token, bytes, backend_bindings());
    if (!offered) {
        if (offered.error().error == StreamErrorCondition::see_other_host)
            resumption_.counts->count(SideDoor::see_other_host);
        return {.replacement = {}, .end = end_for(offered.error())};
    }
    // Its nodes share their sessions, whatever the configuration says.
    if (offered->caps_node == ns::kStanzanodeCaps) resume_anywhere_ = true;
    if (swallows()) {
        const KeptLogin& login = *logins_->kept;
        if (login.is_offered && !xmpp::offers(*offered, *login.profile, login.mechanism)) {
            return {.replacement = {}, .end = backend_refused("mechanism_not_offered")};
        }
        note_answer();
        return dropped();
    }
    auto edited = edited_features(bytes);
    std::string held = std::exchange(logins().held_header, {});
    held.append(edited ? std::string_view(*edited) : bytes);
    Verdict verdict{.replacement = std::move(held), .end = {}};
    note_answer();
    return verdict;
}

Relay::Verdict Relay::hold_header(std::string_view bytes) {
    auto header = read_answer_header(bytes);
    if (!header) return {.replacement = {}, .end = end_for(header.error())};
    if (swallows() && !are_declared(xmpp::extra_prefixes(*header), logins_->kept->prefixes)) {
        // The client reads this stream by our header.
        return {.replacement = {}, .end = backend_refused("unusual_header")};
    }
    note_bindings(std::move(header->bindings));
    logins().held_header = bytes;
    return dropped();
}

void Relay::note_answer() {
    logins().held_header.clear();
    answered_ = true;
    from_backend_.set_limits(limits_->from_backend);
}

Relay::Verdict Relay::judge_later_header(std::string_view bytes) {
    auto header = xmpp::read_stream_header(bytes);
    if (!header) {
        return {
            .replacement = {},
            .end = RelayEnd{EndReason::bad_backend_xml, StreamErrorCondition::internal_server_error,
                            xmpp::to_string(header.error())}};
    }
    note_bindings(std::move(header->bindings));
    return {};
}

void Relay::note_bindings(xmpp::NamespaceBindings bindings) {
    if (xmpp::are_usual(bindings)) return;
    unusual_bindings_ = std::make_unique<xmpp::NamespaceBindings>(std::move(bindings));
}

Relay::Verdict Relay::judge_features(std::string_view bytes) {
    const auto offered = xmpp::read_features(bytes, backend_bindings());
    if (offered && offered->starttls_required) {
        // Taking that out would leave a stream that cannot be gone on with.
        return {.replacement = {}, .end = backend_refused("starttls_required")};
    }
    return {.replacement = edited_features(bytes), .end = {}};
}

std::optional<std::string> Relay::edited_features(std::string_view bytes) const {
    return xmpp::edit_features(
        bytes, {.max_bytes = limits_->from_client.bytes, .bindings = held_bindings_},
        backend_bindings());
}

Relay::Verdict Relay::judge_backend_error(std::string_view bytes) {
    const auto condition = xmpp::read_stream_error(bytes, backend_bindings());
    backend_error_ = xmpp::to_string(condition);
    if (kept_inside(condition) == condition) return {};
    resumption_.counts->count(SideDoor::see_other_host);
    backend_closed_ = true;
    return {.replacement = xmpp::stream_error_and_close(kept_inside(condition),
                                                        "the server asks you to connect again"),
            .end = {}};
}

void Relay::note_stanza_before_login(const Token& token, std::string_view bytes) {
    if (has_begun_registration_ || token.local_name != "iq") return;
    const xmpp::ElementReader reader(bytes, backend_bindings());
    has_begun_registration_ = reader.root().attribute("type") == "result";
}

void Relay::note_success(std::string_view bytes) {
    // XEP-0388 with XEP-0198 inline: resumed directly inside, or enabled inside <bound/>.
    const xmpp::ElementReader reader(bytes, backend_bindings());
    const auto success = reader.root();
    if (success.child("resumed", ns::kSm3)) {
        resumable_ = true;
        note_resume(ResumeResult::resumed);
    } else if (const auto failed = success.child("failed", ns::kSm3)) {
        note_resume_failed(failed);
    }
    // A server may pass over what it does not know.
    note_resume(ResumeResult::unanswered);
    const auto enabled = success.child("bound", ns::kBind2).child("enabled", ns::kSm3);
    if (enabled) note_enabled(enabled);
}

void Relay::note_enabled(xmpp::Element enabled) {
    resumable_ = is_true(enabled.attribute("resume"));
    if (enabled.attribute("location")) resumption_.counts->count(SideDoor::location);
    const std::string_view most = enabled.attribute("max").value_or("");
    resume_seconds_ = 0;
    std::from_chars(most.data(), most.data() + most.size(), resume_seconds_);
}

}  // namespace proxy
