#pragma once
// The login of a stream: the elements of both SASL profiles (RFC 6120 section 6, XEP-0388) around
// one exchange at a time, with the tries counted. A part of backend/stream/stream: pure, owned by
// it, gone with the login.
//
//   offered --<auth/>, <authenticate/>--> exchanging --success--> done
//      ^                                   |  ^  \.
//      |                                   v  |   \ wrong credentials
//      |                       waiting for the    v
//      \______failure_______   account, a check   delayed
//
// A failure counts as a try; so does what is begun anew before it has come to an end.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "backend/stream/bind.h"
#include "backend/stream/sasl.h"
#include "backend/stream/stream_actions.h"
#include "backend/stream/stream_management.h"
#include "xmpp/sasl_element.h"
#include "xmpp/stream_error.h"

namespace backend {

/// What the client wants with its XEP-0388 login, beyond the login.
struct InlineRequests {
    bool resumes = false;
    std::optional<ResumeRequest> resume;  // none with `resumes`: malformed
    std::optional<Bind2Request> bind;
};

/// What follows from one element or answer.
struct SaslTurn {
    Actions actions;
    /// The stream ends with this, after the actions.
    std::optional<xmpp::StreamErrorCondition> end;
    std::string_view detail;
};

class SaslNegotiation {
public:
    struct Stream {
        std::string domain;             // prepared
        std::string from;               // of the header, prepared bare JID; empty: absent
        SaslOffer offer;                // as the features say
        bool sasl2 = false;             // XEP-0388 is offered
        xmpp::NamespaceBindings outer;  // that the header declared
    };
    /// `settings` outlive the negotiation.
    SaslNegotiation(const StreamSettings& settings, Stream stream);

    /// An element that xmpp::sasl_verb() knows. Not while waiting or done.
    SaslTurn on_element(std::string_view element);
    SaslTurn on_account(Store::Answer<std::optional<Account>> answer);
    SaslTurn on_password(bool is_right);
    SaslTurn on_delay_over();
    /// What should have followed a login that is done has failed, and the client may try again.
    SaslTurn fail(SaslFailure failure);

    bool is_waiting() const { return phase_ == Phase::waiting; }
    bool is_done() const { return phase_ == Phase::done; }

    // Once done:
    const std::string& user() const { return user_; }
    xmpp::SaslProfile profile() const { return profile_; }
    InlineRequests& inline_requests() { return inline_; }
    /// `<success/>` of the profile. For XEP-0388: `jid` is who the client is now, bare or full, and
    /// `more` the XML of what came of its inline requests.
    std::string success(std::string_view jid = {}, std::string_view more = {}) const;

private:
    enum class Phase : std::uint8_t { offered, exchanging, waiting, done };

    SaslTurn begin(const xmpp::SaslElement& element, std::string_view bytes);
    SaslTurn go_on(SaslOutcome outcome);
    SaslTurn wait(Action action);
    SaslTurn delay(SaslFailure failure);
    static SaslTurn too_many_tries();
    std::string_view uri() const;

    const StreamSettings& settings_;
    Stream stream_;
    Phase phase_ = Phase::offered;
    xmpp::SaslProfile profile_ = xmpp::SaslProfile::rfc6120;
    unsigned tries_ = 0;
    std::optional<SaslExchange> exchange_;
    std::optional<SaslFailure> delayed_;
    InlineRequests inline_;
    std::string user_;
    std::string proof_;  // additional data with success
};

}  // namespace backend
