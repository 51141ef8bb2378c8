#include "backend/stream/sasl_negotiation.h"

#include <utility>

#include "xmpp/namespaces.h"
#include "xmpp/xml_text.h"
#include "xmpp/xml_writing.h"

namespace backend {

using xmpp::SaslProfile;
using xmpp::SaslVerb;
using xmpp::StreamErrorCondition;

namespace {

InlineRequests read_inline(std::string_view element, const xmpp::NamespaceBindings& outer,
                           std::chrono::seconds most_resume_time) {
    const std::string readable = xmpp::without_initial_response(element, outer);
    const xmpp::ElementReader reader(readable, outer);
    InlineRequests requests;
    if (const auto resume = reader.root().child("resume", xmpp::ns::kSm3)) {
        requests.resumes = true;
        requests.resume = read_resume(resume);
    }
    if (const auto bind = reader.root().child("bind", xmpp::ns::kBind2))
        requests.bind = read_bind2(bind, most_resume_time);
    return requests;
}

}  // namespace

SaslNegotiation::SaslNegotiation(const StreamSettings& settings, Stream stream)
    : settings_(settings), stream_(std::move(stream)) {}

std::string_view SaslNegotiation::uri() const {
    return profile_ == SaslProfile::sasl2 ? xmpp::ns::kSasl2 : xmpp::ns::kSasl;
}

SaslTurn SaslNegotiation::on_element(std::string_view bytes) {
    const auto element = xmpp::read_sasl_element(bytes, stream_.outer);
    const bool is_offered = element && (element->profile != SaslProfile::sasl2 || stream_.sasl2);
    if (element && !is_offered && element->verb == SaslVerb::begin) {
        // RFC 6120 section 6.5.4, in the words of XEP-0388.
        profile_ = element->profile;
        return fail(SaslFailure::encryption_required);
    }
    if (!is_offered) {
        return {.actions = {},
                .end = StreamErrorCondition::unsupported_stanza_type,
                .detail = "not_offered"};
    }
    if (element->verb == SaslVerb::begin) return begin(*element, bytes);
    if (phase_ != Phase::exchanging) profile_ = element->profile;
    if (element->verb == SaslVerb::abort) return fail(SaslFailure::aborted);
    if (phase_ != Phase::exchanging || profile_ != element->profile)
        return fail(SaslFailure::malformed_request);
    if (!element->data) return fail(SaslFailure::incorrect_encoding);
    return go_on(exchange_->on_message(*element->data));
}

SaslTurn SaslNegotiation::begin(const xmpp::SaslElement& element, std::string_view bytes) {
    // RFC 6120 section 6.4.2: the earlier one is over.
    if (phase_ == Phase::exchanging && ++tries_ >= settings_.login_tries) return too_many_tries();
    profile_ = element.profile;
    inline_ = {};
    if (profile_ == SaslProfile::sasl2)
        inline_ = read_inline(bytes, stream_.outer, settings_.resume_time);
    exchange_ = SaslExchange::begin(element.mechanism, {.domain = stream_.domain,
                                                        .offer = stream_.offer,
                                                        .nonce = settings_.make_token(),
                                                        .salt_secret = settings_.salt_secret});
    if (!exchange_) {
        return fail(element.mechanism == "PLAIN" ? SaslFailure::encryption_required
                                                 : SaslFailure::invalid_mechanism);
    }
    phase_ = Phase::exchanging;
    if (!element.has_data) return go_on(exchange_->ask());
    if (!element.data) return fail(SaslFailure::incorrect_encoding);
    return go_on(exchange_->on_message(*element.data));
}

SaslTurn SaslNegotiation::go_on(SaslOutcome outcome) {
    phase_ = Phase::exchanging;
    if (const auto* challenge = std::get_if<SaslChallenge>(&outcome)) {
        return {.actions = {Send{
                    xmpp::with_content("challenge", uri(), xmpp::encode_base64(challenge->bytes))}},
                .end = {},
                .detail = {}};
    }
    if (const auto* needs = std::get_if<SaslNeedsAccount>(&outcome)) {
        // XEP-0388 section 2.2: a header that named somebody else spoils the login.
        const bool is_other =
            profile_ == SaslProfile::sasl2 && !stream_.from.empty() && stream_.from != needs->user;
        if (is_other) return delay(SaslFailure::not_authorized);
        return wait(FindAccount{needs->user});
    }
    if (auto* check = std::get_if<SaslNeedsCheck>(&outcome))
        return wait(CheckPassword{std::move(check->password), std::move(check->keys)});
    if (auto* success = std::get_if<SaslSuccess>(&outcome)) {
        phase_ = Phase::done;
        user_ = exchange_->user();
        proof_ = std::move(success->bytes);
        exchange_.reset();
        return {};
    }
    const auto failure = std::get<SaslFailure>(outcome);
    if (failure == SaslFailure::not_authorized) return delay(failure);
    return fail(failure);
}

SaslTurn SaslNegotiation::wait(Action action) {
    phase_ = Phase::waiting;
    SaslTurn turn;
    turn.actions.push_back(std::move(action));
    return turn;
}

SaslTurn SaslNegotiation::delay(SaslFailure failure) {
    delayed_ = failure;
    return wait(DelayRefusal{});
}

SaslTurn SaslNegotiation::on_account(Store::Answer<std::optional<Account>> answer) {
    const auto* account = std::get_if<std::optional<Account>>(&answer);
    if (account == nullptr) return fail(SaslFailure::temporary_auth_failure);
    return go_on(exchange_->on_account(*account));
}

SaslTurn SaslNegotiation::on_password(bool is_right) {
    return go_on(exchange_->on_password(is_right));
}

SaslTurn SaslNegotiation::on_delay_over() {
    return fail(delayed_.value_or(SaslFailure::not_authorized));
}

SaslTurn SaslNegotiation::fail(SaslFailure failure) {
    exchange_.reset();
    delayed_.reset();
    phase_ = Phase::offered;
    SaslTurn turn;
    turn.actions.push_back(Send{xmpp::with_content(
        "failure", uri(), xmpp::empty_element(to_string(failure), xmpp::ns::kSasl))});
    if (++tries_ < settings_.login_tries) return turn;
    SaslTurn last = too_many_tries();
    last.actions = std::move(turn.actions);
    return last;
}

/// RFC 6120 section 6.4.5.
SaslTurn SaslNegotiation::too_many_tries() {
    return {.actions = {},
            .end = StreamErrorCondition::policy_violation,
            .detail = "too_many_login_tries"};
}

std::string SaslNegotiation::success(std::string_view jid, std::string_view more) const {
    const std::string proof = xmpp::encode_base64(proof_);
    if (profile_ == SaslProfile::rfc6120) return xmpp::with_content("success", uri(), proof);
    std::string content;
    if (!proof.empty()) content += "<additional-data>" + proof + "</additional-data>";
    content += "<authorization-identifier>" + xmpp::escaped(jid) + "</authorization-identifier>";
    content += more;
    return xmpp::with_content("success", uri(), content);
}

}  // namespace backend
