#include "proxy/probe_dialog.h"

#include <utility>

#include "proxy/first_answer.h"
#include "xmpp/stream_features.h"
#include "xmpp/stream_header.h"

namespace proxy {

using balancer::HealthReason;
using xmpp::TokenKind;

namespace {

ProbeVerdict failed(HealthReason why, std::string detail, std::optional<Symptom> symptom) {
    return {.failure = why, .detail = std::move(detail), .offer = {}, .symptom = symptom};
}

std::optional<Symptom> symptom_of(const AnswerFault& fault) {
    if (fault.reason == HealthReason::ended_early) return Symptom::ended_early;
    if (fault.is_misunderstood) return Symptom::not_xmpp;
    return std::nullopt;
}

ProbeVerdict failed(const AnswerFault& fault, const std::string& domain) {
    std::string detail;
    if (!fault.error) {
        detail.append(fault.word).append(": ").append(fault.words);
    } else {
        detail.append(fault.words).append(" ").append(fault.word);
        if (fault.error == xmpp::StreamErrorCondition::host_unknown)
            detail += ": the backend does not serve " + domain;
    }
    return failed(fault.reason, std::move(detail), symptom_of(fault));
}

}  // namespace

ProbeDialog::ProbeDialog(xmpp::ScanWorkPool& pool, Question question)
    : question_(std::move(question)), scanner_(pool, kFirstAnswerLimits) {}

std::string ProbeDialog::greeting() const {
    xmpp::StreamHeader header;
    header.to = question_.domain;
    header.from = sample_from(question_.form, question_.domain);
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
            break;
        case TokenKind::stream_close:
        case TokenKind::refused: state_ = State::over;
    }
    return judge_answer(token, bytes);
}

std::optional<ProbeVerdict> ProbeDialog::on_header(std::string_view bytes) {
    auto header = read_answer_header(bytes);
    if (!header) {
        state_ = State::goodbye;
        return failed(header.error(), question_.domain);
    }
    prefixes_ = xmpp::extra_prefixes(*header);
    stream_id_ = std::move(header->id);
    bindings_ = std::move(header->bindings);
    state_ = State::wait_answer;
    return {};
}

ProbeVerdict ProbeDialog::judge_answer(const xmpp::Token& token, std::string_view bytes) const {
    const auto offered = read_first_answer(token, bytes, bindings_);
    if (!offered) {
        const AnswerFault& fault = offered.error();
        if (fault.error && !fault.is_misunderstood && !question_.wants_features) return {};
        return failed(offered.error(), question_.domain);
    }
    if (!question_.wants_features) return {};
    return {.failure = {},
            .detail = {},
            .offer = offer_in(bytes),
            .warning = binding_warning(*offered, question_.backend,
                                       guess_server(stream_id_, offered->caps_node))};
}

Offer ProbeDialog::offer_in(std::string_view features) const {
    auto edited = xmpp::edit_features(
        features, {.max_bytes = question_.max_bytes, .bindings = question_.bindings}, bindings_);
    std::string shown = edited ? *std::move(edited) : std::string(features);
    std::string sasl = xmpp::sasl_offer(shown, bindings_);
    return {.features = std::move(shown), .sasl = std::move(sasl), .prefixes = prefixes_};
}

std::optional<ProbeVerdict> ProbeDialog::on_end() {
    const bool had_verdict = state_ == State::goodbye || state_ == State::over;
    state_ = State::over;
    if (had_verdict) return {};
    return failed(HealthReason::ended_early, "closed by the backend before its features",
                  Symptom::ended_early);
}

}  // namespace proxy
