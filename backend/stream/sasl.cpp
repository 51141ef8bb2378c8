#include "backend/stream/sasl.h"

#include <algorithm>
#include <utility>

#include "xmpp/sasl_messages.h"
#include "xmpp/sasl_user.h"

namespace backend {
namespace {

const ScramKeys& keys_of(const Account& account, ScramHash hash) {
    return hash == ScramHash::sha1 ? account.sha1 : account.sha256;
}

/// Empty: a type that we do not know, here or at all.
std::string_view binding_named(const core::ChannelBindings& bindings, std::string_view type) {
    if (type == "tls-exporter") return bindings.exporter.reveal();
    if (type == "tls-server-end-point") return bindings.server_end_point.reveal();
    if (type == "tls-unique") return bindings.unique.reveal();
    return {};
}

/// RFC 5802 section 7, client-final-message.
struct ScramFinal {
    std::string_view binding;  // base64
    std::string_view nonce;
    std::string_view proof;          // base64
    std::string_view without_proof;  // client-final-message-without-proof
};

std::optional<ScramFinal> read_final(std::string_view message) {
    const auto proof_at = message.rfind(",p=");
    if (proof_at == std::string_view::npos) return std::nullopt;
    ScramFinal final_message;
    final_message.without_proof = message.substr(0, proof_at);
    final_message.proof = message.substr(proof_at + 3);
    std::string_view rest = final_message.without_proof;
    const auto binding = xmpp::take_scram_field(rest);
    if (!binding || !binding->starts_with("c=")) return std::nullopt;
    final_message.binding = binding->substr(2);
    const auto nonce = rest.substr(0, rest.find(','));
    if (!nonce.starts_with("r=")) return std::nullopt;
    final_message.nonce = nonce.substr(2);
    return final_message;
}

/// RFC 5802 section 3: whoever has it can log in.
using ClientKey = core::Secret<struct ClientKeyTag>;

/// What the proof hides under a signature of the same size.
ClientKey client_key(std::string_view proof, std::string_view signature) {
    std::string key(proof);
    for (std::size_t i = 0; i < key.size(); ++i) key[i] = static_cast<char>(key[i] ^ signature[i]);
    return ClientKey(std::move(key));
}

}  // namespace

std::string_view to_string(SaslFailure failure) {
    switch (failure) {
        case SaslFailure::aborted: return "aborted";
        case SaslFailure::encryption_required: return "encryption-required";
        case SaslFailure::incorrect_encoding: return "incorrect-encoding";
        case SaslFailure::invalid_authzid: return "invalid-authzid";
        case SaslFailure::invalid_mechanism: return "invalid-mechanism";
        case SaslFailure::malformed_request: return "malformed-request";
        case SaslFailure::not_authorized: return "not-authorized";
        case SaslFailure::temporary_auth_failure: return "temporary-auth-failure";
    }
    return "not-authorized";
}

std::vector<std::string_view> mechanisms(const SaslOffer& offer) {
    std::vector<std::string_view> names;
    if (!offer.bindings.empty()) names = {"SCRAM-SHA-256-PLUS", "SCRAM-SHA-1-PLUS"};
    names.insert(names.end(), {"SCRAM-SHA-256", "SCRAM-SHA-1"});
    if (offer.plain) names.emplace_back("PLAIN");
    return names;
}

std::optional<SaslExchange> SaslExchange::begin(std::string_view mechanism, Settings settings) {
    const auto offered = mechanisms(settings.offer);
    if (std::find(offered.begin(), offered.end(), mechanism) == offered.end()) return std::nullopt;
    if (mechanism == "PLAIN")
        return SaslExchange(Mechanism::plain, ScramHash::sha256, std::move(settings));
    const auto hash = mechanism.starts_with("SCRAM-SHA-256") ? ScramHash::sha256 : ScramHash::sha1;
    const auto kind = mechanism.ends_with("-PLUS") ? Mechanism::scram_plus : Mechanism::scram;
    return SaslExchange(kind, hash, std::move(settings));
}

SaslExchange::SaslExchange(Mechanism mechanism, ScramHash hash, Settings settings)
    : mechanism_(mechanism), hash_(hash), settings_(std::move(settings)) {}

SaslOutcome SaslExchange::fail(SaslFailure failure) {
    step_ = Step::over;
    return failure;
}

SaslOutcome SaslExchange::on_message(const xmpp::SaslData& message) {
    if (step_ == Step::second) return on_scram_final(message.reveal());
    if (step_ != Step::first) return fail(SaslFailure::malformed_request);
    if (mechanism_ == Mechanism::plain) return on_plain(message.reveal());
    return on_scram_first(message.reveal());
}

SaslOutcome SaslExchange::on_plain(std::string_view message) {
    const auto plain = xmpp::read_plain_message(message);
    if (!plain) return fail(SaslFailure::malformed_request);
    password_ = Password(std::string(plain->password));
    return name_user(plain->authcid, plain->authzid);
}

SaslOutcome SaslExchange::on_scram_first(std::string_view message) {
    const auto first = xmpp::read_scram_first(message);
    if (!first) return fail(SaslFailure::malformed_request);
    const auto name = xmpp::unescape_saslname(first->name);
    const auto authzid = xmpp::unescape_saslname(first->authzid);
    if (!name || !authzid) return fail(SaslFailure::malformed_request);
    binding_input_ = std::string(first->gs2_header);
    if (const auto failure = judge_binding(first->flag)) return fail(*failure);
    nonce_ = std::string(first->nonce);
    auth_message_ = std::string(first->bare);
    return name_user(*name, *authzid);
}

/// RFC 5802 section 6. Adds the channel binding data to what the client has to prove. What is wrong
/// here is no guess at a password: it is not refused as one, which would cost everybody at that
/// address ever more time. Clients that know no binding but tls-unique try it in TLS 1.3, too.
std::optional<SaslFailure> SaslExchange::judge_binding(std::string_view flag) {
    if (flag.starts_with("p=") != (mechanism_ == Mechanism::scram_plus))
        return SaslFailure::malformed_request;
    // It could bind and saw no -PLUS, which we do offer: somebody has cut our list short.
    if (flag == "y" && !settings_.offer.bindings.empty()) return SaslFailure::malformed_request;
    if (!flag.starts_with("p=")) return std::nullopt;
    const auto data = binding_named(settings_.offer.bindings, flag.substr(2));
    if (data.empty()) return SaslFailure::malformed_request;
    binding_input_ += data;
    return std::nullopt;
}

SaslOutcome SaslExchange::name_user(std::string_view name, std::string_view authzid) {
    user_ = xmpp::user_of_name(name, settings_.domain);
    if (user_.empty()) return fail(SaslFailure::not_authorized);
    // Nobody acts for others here.
    if (!authzid.empty() && xmpp::user_of_name(authzid, settings_.domain) != user_)
        return fail(SaslFailure::invalid_authzid);
    step_ = Step::account;
    return SaslNeedsAccount{user_};
}

SaslOutcome SaslExchange::on_account(const std::optional<Account>& account) {
    if (step_ != Step::account) return fail(SaslFailure::malformed_request);
    user_exists_ = account.has_value();
    keys_ = account ? keys_of(*account, hash_)
                    : made_up_keys(hash_, user_, settings_.salt_secret.reveal());
    if (mechanism_ != Mechanism::plain) return scram_challenge();
    step_ = Step::password;
    return SaslNeedsCheck{std::move(password_), keys_};
}

SaslOutcome SaslExchange::on_password(bool is_right) {
    if (step_ != Step::password || !is_right || !user_exists_)
        return fail(SaslFailure::not_authorized);
    step_ = Step::over;
    return SaslSuccess{};
}

SaslOutcome SaslExchange::scram_challenge() {
    nonce_ += settings_.nonce;
    std::string challenge = "r=" + nonce_ + ",s=" + xmpp::encode_base64(keys_.salt) +
                            ",i=" + std::to_string(keys_.iterations);
    auth_message_ += ',' + challenge + ',';
    step_ = Step::second;
    return SaslChallenge{std::move(challenge)};
}

SaslOutcome SaslExchange::on_scram_final(std::string_view message) {
    const auto final_message = read_final(message);
    if (!final_message) return fail(SaslFailure::malformed_request);
    const auto proof = xmpp::decode_base64(final_message->proof);
    const auto stored = keys_.stored_key.reveal();
    if (!proof || proof->reveal().size() != stored.size())
        return fail(SaslFailure::malformed_request);

    auth_message_ += final_message->without_proof;
    const ClientKey key = client_key(proof->reveal(), hmac(hash_, stored, auth_message_));
    const bool is_proved = is_same_secret(digest(hash_, key.reveal()), stored);
    const bool is_bound = final_message->binding == xmpp::encode_base64(binding_input_);
    const bool is_fresh = final_message->nonce == nonce_;
    if (!is_proved || !is_bound || !is_fresh || !user_exists_)
        return fail(SaslFailure::not_authorized);
    step_ = Step::over;
    return SaslSuccess{"v=" +
                       xmpp::encode_base64(hmac(hash_, keys_.server_key.reveal(), auth_message_))};
}

}  // namespace backend
