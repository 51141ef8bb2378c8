#pragma once
// The server's side of one SASL exchange: SCRAM with SHA-256 and SHA-1, with and without channel
// binding (RFC 5802, RFC 7677), and PLAIN (RFC 4616). A pure machine that knows no XML: messages
// and answers in, one outcome at a time out. Nobody can tell from its outcomes whether a user
// exists: for one who does not, the exchange goes to its end with keys made up.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "backend/store/records.h"
#include "backend/stream/scram_keys.h"
#include "core/channel_bindings.h"
#include "xmpp/base64.h"

namespace backend {

/// RFC 6120 section 6.5, those that we have a use for.
enum class SaslFailure : std::uint8_t {
    aborted,
    encryption_required,
    incorrect_encoding,
    invalid_authzid,
    invalid_mechanism,
    malformed_request,
    not_authorized,
    temporary_auth_failure,
};
std::string_view to_string(SaslFailure failure);

/// What is on offer, on this connection.
struct SaslOffer {
    bool plain = false;              // passwords in clear may come
    core::ChannelBindings bindings;  // any of them: -PLUS is offered
};
/// In the order of preference; static text.
std::vector<std::string_view> mechanisms(const SaslOffer& offer);

/// To the client; empty for PLAIN or SCRAM without initial response.
struct SaslChallenge {
    std::string bytes;
};
/// Ask for the account of this prepared bare JID; on_account() goes on.
struct SaslNeedsAccount {
    std::string user;
};
/// Check this password (is_password); on_password() goes on.
struct SaslNeedsCheck {
    Password password;
    ScramKeys keys;
};
/// `bytes`: additional data with success (the server's proof); empty for PLAIN.
struct SaslSuccess {
    std::string bytes;
};
using SaslOutcome =
    std::variant<SaslChallenge, SaslNeedsAccount, SaslNeedsCheck, SaslSuccess, SaslFailure>;

class SaslExchange {
public:
    struct Settings {
        std::string domain;      // of the stream, prepared
        SaslOffer offer;         // of the stream
        std::string nonce;       // fresh, unpredictable, printable ASCII without ','
        SaltSecret salt_secret;  // see made_up_keys()
    };

    /// nullopt: the mechanism is none of the offer's.
    static std::optional<SaslExchange> begin(std::string_view mechanism, Settings settings);

    /// No initial response: an empty challenge asks for it.
    SaslOutcome ask() const { return SaslChallenge{}; }
    /// The client's next message (its initial response too).
    SaslOutcome on_message(const xmpp::SaslData& message);
    /// The answer to SaslNeedsAccount; none: no such user.
    SaslOutcome on_account(const std::optional<Account>& account);
    /// The answer to SaslNeedsCheck.
    SaslOutcome on_password(bool is_right);

    /// Who logs in, prepared bare JID: known from SaslNeedsAccount on, proved with SaslSuccess.
    const std::string& user() const { return user_; }

private:
    enum class Mechanism : std::uint8_t { scram, scram_plus, plain };
    enum class Step : std::uint8_t { first, account, second, password, over };

    SaslExchange(Mechanism mechanism, ScramHash hash, Settings settings);
    SaslOutcome on_plain(std::string_view message);
    SaslOutcome on_scram_first(std::string_view message);
    std::optional<SaslFailure> judge_binding(std::string_view flag);
    SaslOutcome name_user(std::string_view name, std::string_view authzid);
    SaslOutcome scram_challenge();
    SaslOutcome on_scram_final(std::string_view message);
    SaslOutcome fail(SaslFailure failure);

    Mechanism mechanism_;
    ScramHash hash_;
    Step step_ = Step::first;
    bool user_exists_ = false;
    Settings settings_;
    std::string user_;
    Password password_;          // PLAIN
    ScramKeys keys_;             // of the user, or of nobody
    std::string binding_input_;  // SCRAM: gs2-header and channel binding data
    std::string nonce_;          // the client's, then both
    std::string auth_message_;   // SCRAM: as far as it is known
};

}  // namespace backend
