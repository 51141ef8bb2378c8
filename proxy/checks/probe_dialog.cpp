#include "proxy/checks/probe_dialog.h"

#include <utility>

#include "proxy/checks/account_question.h"
#include "proxy/offers/first_answer.h"
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

/// What a server says of itself, whatever domain is asked for.
bool cannot_serve(const AnswerFault& fault) {
    using Condition = xmpp::StreamErrorCondition;
    return fault.error == Condition::internal_server_error ||
           fault.error == Condition::resource_constraint ||
           fault.error == Condition::system_shutdown;
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
        const State before = state_;
        auto verdict = on_token(token, rest.substr(0, token.size));
        step.consumed += token.size;
        if (state_ == State::account && before != State::account) step.send += account_question_;
        if (before == State::goodbye || !verdict) continue;
        step.verdict = std::move(verdict);
        step.send += before == State::account ? account_goodbye() : xmpp::kStreamEnd;
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
        case TokenKind::element: return on_answer(token, bytes);
        case TokenKind::stream_close:
        case TokenKind::refused: break;
    }
    const bool has_passed = state_ == State::account;
    state_ = State::over;
    return has_passed ? std::move(passed_) : judge_answer(token, bytes);
}

std::optional<ProbeVerdict> ProbeDialog::on_answer(const xmpp::Token& token,
                                                   std::string_view bytes) {
    if (state_ == State::goodbye) return {};
    if (state_ == State::account) {
        state_ = State::goodbye;
        passed_->mark = account_mark(token, bytes, bindings_);
        return std::move(passed_);
    }
    ProbeVerdict verdict = judge_answer(token, bytes);
    state_ = account_question_.empty() ? State::goodbye : State::account;
    if (state_ == State::goodbye) return verdict;
    passed_ = std::move(verdict);
    return {};
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

ProbeVerdict ProbeDialog::judge_answer(const xmpp::Token& token, std::string_view bytes) {
    const auto offered = read_first_answer(token, bytes, bindings_);
    if (!offered) {
        const AnswerFault& fault = offered.error();
        const bool is_alive = fault.error && !fault.is_misunderstood && !cannot_serve(fault);
        if (is_alive && !question_.wants_features) return {};
        return failed(offered.error(), question_.domain);
    }
    if (!question_.wants_features) return {};
    if (!question_.account.empty())
        account_question_ = account_question(question_.account, offered->mechanisms);
    return {.failure = {},
            .detail = {},
            .offer = offer_in(bytes),
            .warning = binding_warning(*offered, question_.backend,
                                       guess_server(stream_id_, offered->caps_node)),
            .software = offered->caps_node};
}

Offer ProbeDialog::offer_in(std::string_view features) const {
    auto edited = xmpp::edit_features(
        features, {.max_bytes = question_.max_bytes, .bindings = question_.bindings}, bindings_);
    std::string shown = edited ? *std::move(edited) : std::string(features);
    std::string sasl = xmpp::sasl_offer(shown, bindings_);
    return {.features = std::move(shown), .sasl = std::move(sasl), .prefixes = prefixes_};
}

std::optional<ProbeVerdict> ProbeDialog::on_end() {
    const State before = std::exchange(state_, State::over);
    if (before == State::goodbye || before == State::over) return {};
    if (before == State::account) return std::move(passed_);
    return failed(HealthReason::ended_early, "closed by the backend before its features",
                  Symptom::ended_early);
}

}  // namespace proxy
