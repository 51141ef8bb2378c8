#include "proxy/probe_dialog.h"

#include <algorithm>
#include <utility>

#include "xmpp/namespaces.h"
#include "xmpp/stream_error_reader.h"
#include "xmpp/stream_features.h"
#include "xmpp/stream_header.h"

namespace proxy {

using balancer::HealthReason;
using xmpp::TokenKind;
namespace ns = xmpp::ns;

namespace {

/// A stranger's answer, as a client's before login; but features list all that a server can do.
constexpr xmpp::ScanLimits kAnswerLimits = [] {
    xmpp::ScanLimits limits = xmpp::kLimitsBeforeLogin;
    limits.elements = 512;
    return limits;
}();

ProbeVerdict failed(HealthReason why, std::string detail) {
    return {.failure = why, .detail = std::move(detail), .features = {}, .sasl_offer = {}};
}

std::string words_for(xmpp::StreamErrorCondition condition, const std::string& domain) {
    std::string words = "stream error ";
    words += xmpp::to_string(condition);
    if (condition == xmpp::StreamErrorCondition::host_unknown) {
        words += ": the backend does not serve " + domain;
    }
    return words;
}

/// Declarations come in any order.
bool are_usual(const xmpp::NamespaceBindings& bindings) {
    const auto& usual = xmpp::usual_bindings();
    return std::is_permutation(bindings.begin(), bindings.end(), usual.begin(), usual.end());
}

}  // namespace

ProbeDialog::ProbeDialog(xmpp::ScanWorkPool& pool, Question question)
    : question_(std::move(question)), scanner_(pool, kAnswerLimits) {}

std::string ProbeDialog::greeting() const {
    xmpp::StreamHeader header;
    header.to = question_.domain;
    return xmpp::write_initial_header(header);
}

ProbeDialog::Step ProbeDialog::on_bytes(std::string_view window) {
    Step step;
    while (state_ != State::over) {
        const auto rest = window.substr(step.consumed);
        const xmpp::Token token = scanner_.next(rest);
        if (token.kind == TokenKind::need_more) return step;
        const bool had_verdict = state_ == State::goodbye;
        auto verdict = on_token(token, rest.substr(0, token.size));
        step.consumed += token.size;
        if (had_verdict || !verdict) continue;
        step.verdict = std::move(verdict);
        step.send = xmpp::kStreamEnd;
    }
    step.consumed = window.size();
    return step;
}

std::optional<ProbeVerdict> ProbeDialog::on_token(const xmpp::Token& token,
                                                  std::string_view bytes) {
    switch (token.kind) {
        case TokenKind::need_more:
        case TokenKind::whitespace: return {};
        case TokenKind::stream_open: return on_header(bytes);
        case TokenKind::element:
            if (state_ == State::goodbye) return {};
            state_ = State::goodbye;
            return judge_answer(token, bytes);
        case TokenKind::stream_close:
            state_ = State::over;
            return failed(HealthReason::ended_early, "the backend ended the stream");
        case TokenKind::refused:
            state_ = State::over;
            return failed(HealthReason::bad_answer,
                          "not XMPP: " + std::string(xmpp::to_string(token.refusal.rule)));
    }
    return {};
}

std::optional<ProbeVerdict> ProbeDialog::on_header(std::string_view bytes) {
    auto header = xmpp::read_stream_header(bytes);
    if (!header) {
        state_ = State::goodbye;
        return failed(HealthReason::bad_answer, "no stream header for clients: " +
                                                    std::string(xmpp::to_string(header.error())));
    }
    if (!header->speaks_features) {
        state_ = State::goodbye;
        return failed(HealthReason::bad_answer, "older than XMPP 1.0");
    }
    bindings_ = std::move(header->bindings);
    state_ = State::wait_answer;
    return {};
}

ProbeVerdict ProbeDialog::judge_answer(const xmpp::Token& token, std::string_view bytes) const {
    if (token.is("features", ns::kStreams)) return judge_features(bytes);
    if (token.is("error", ns::kStreams)) return judge_error(bytes);
    return failed(HealthReason::bad_answer, "an element where features were due");
}

ProbeVerdict ProbeDialog::judge_error(std::string_view bytes) const {
    if (!question_.wants_features) return {};
    return failed(HealthReason::bad_answer,
                  words_for(xmpp::read_stream_error(bytes, bindings_), question_.domain));
}

ProbeVerdict ProbeDialog::judge_features(std::string_view bytes) const {
    if (!question_.wants_features) return {};
    const auto offered = xmpp::read_features(bytes, bindings_);
    if (!offered) return failed(HealthReason::bad_answer, "features that cannot be read");
    const bool has_login = !offered->mechanisms.empty() || !offered->sasl2_mechanisms.empty();
    if (offered->starttls_required || (offered->starttls && !has_login)) {
        return failed(HealthReason::bad_answer,
                      "the backend insists on TLS: set tls = \"starttls\" for it, or let it offer "
                      "login without TLS on this port");
    }
    if (!has_login) {
        return failed(HealthReason::bad_answer,
                      "features without a login: no SASL mechanism is offered on this port");
    }
    return {.failure = {},
            .detail = {},
            .features = features_for_clients(bytes),
            .sasl_offer = xmpp::sasl_offer(bytes, bindings_)};
}

std::string ProbeDialog::features_for_clients(std::string_view bytes) const {
    if (!are_usual(bindings_)) return {};
    auto edited = xmpp::edit_features(bytes, {.max_bytes = question_.max_bytes});
    return edited ? *std::move(edited) : std::string(bytes);
}

std::optional<ProbeVerdict> ProbeDialog::on_end() {
    const bool had_verdict = state_ == State::goodbye || state_ == State::over;
    state_ = State::over;
    if (had_verdict) return {};
    return failed(HealthReason::ended_early, "closed by the backend before its features");
}

}  // namespace proxy
