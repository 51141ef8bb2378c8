#pragma once
// What a health check says to a backend: our stream header, and the end of the stream behind their
// header and features, which it judges as sessions do (proxy/offers/first_answer.h). A pure
// machine: bytes in, bytes to send and one verdict out; no socket, clock or log. One thread.
//
//   wait_header --header--> wait_answer --features, stream error--> goodbye --their end--> over
//                                \__features, an account to ask for__> account --answer--^
//        \_____________________\____________________________________\--not XMPP--> over

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "balancer/health.h"
#include "conf/config.h"
#include "proxy/checks/binding_warning.h"
#include "proxy/checks/likely_settings.h"
#include "proxy/offers/header_form.h"
#include "proxy/offers/offer.h"
#include "xmpp/element.h"
#include "xmpp/stream_features.h"
#include "xmpp/stream_scanner.h"

namespace proxy {

/// What a check has found. `failure` is none when it passed.
struct ProbeVerdict {
    std::optional<balancer::HealthReason> failure;
    std::string detail;                          // of the failure, in words for the log
    std::optional<Offer> offer;                  // when it passed and features were wanted
    std::optional<BindingWarning> warning = {};  // of that offer
    std::optional<Symptom> symptom = {};         // of a failure
    std::string software = {};  // what the server calls itself (XEP-0115 `node`); empty: nothing
    std::string mark = {};      // account_mark of the account that was asked for
    friend bool operator==(const ProbeVerdict&, const ProbeVerdict&) = default;
};

class ProbeDialog {
public:
    struct Question {
        std::string domain;  // prepared
        HeaderForm form = HeaderForm::anonymous;
        bool wants_features = true;  // as ProbeRequest has it
        // As xmpp::FeatureEdits has them.
        std::uint64_t max_bytes = 0;
        xmpp::HeldBindings bindings = xmpp::HeldBindings::none;
        conf::Backend backend = {};  // that is asked
        std::string account = {};    // localpart of an account to ask for; empty: none
    };

    /// `pool` outlives the dialog.
    ProbeDialog(xmpp::ScanWorkPool& pool, Question question);

    /// The first bytes of ours.
    std::string greeting() const;

    struct Step {
        std::size_t consumed = 0;
        std::string send;
        std::optional<ProbeVerdict> verdict;  // exactly once in the dialog's life
    };
    /// Takes what is complete from the front of `window`, which begins behind what was consumed
    /// before. The same bytes lead to the same verdict, however they are cut.
    Step on_bytes(std::string_view window);
    /// The backend will send no more (or nothing can be read any more, or nobody waits any longer
    /// once has_passed()). A verdict unless there has been one.
    std::optional<ProbeVerdict> on_end();

    /// The check has passed, and only what is known of an account is waited for.
    bool has_passed() const { return state_ == State::account; }
    /// The backend has ended its stream as well, or will not do so in order: time to close.
    bool is_over() const { return state_ == State::over; }

private:
    enum class State : std::uint8_t { wait_header, wait_answer, account, goodbye, over };

    std::optional<ProbeVerdict> on_token(const xmpp::Token& token, std::string_view bytes);
    std::optional<ProbeVerdict> on_header(std::string_view bytes);
    std::optional<ProbeVerdict> on_answer(const xmpp::Token& token, std::string_view bytes);
    ProbeVerdict judge_answer(const xmpp::Token& token, std::string_view bytes);
    Offer offer_in(std::string_view features) const;

    Question question_;
    xmpp::StreamScanner scanner_;
    xmpp::NamespaceBindings bindings_;                 // of the backend's header
    std::optional<xmpp::NamespaceBindings> prefixes_;  // extra_prefixes of it
    std::string stream_id_;                            // of the same
    std::string account_question_;                     // empty: there is none to ask
    std::optional<ProbeVerdict> passed_;               // in state account
    State state_ = State::wait_header;
};

}  // namespace proxy
