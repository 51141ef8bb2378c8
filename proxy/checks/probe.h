#pragma once
// What a health check is asked, what it finds, and the check under way: the words that all rooms of
// checks share. Control loop's thread only.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "balancer/health.h"
#include "conf/config.h"
#include "core/certificate_store.h"
#include "core/event_loop.h"
#include "dns/address_resolver.h"
#include "proxy/checks/binding_warning.h"
#include "proxy/checks/likely_settings.h"
#include "proxy/legs/backend_tls.h"
#include "proxy/legs/own_addresses.h"
#include "proxy/offers/header_form.h"
#include "proxy/offers/offer.h"

namespace proxy {

/// Whom to check, and how.
struct ProbeRequest {
    conf::Backend backend;
    std::string domain;  // prepared; `to` of the stream, and the name its certificate must carry
    /// False when no client asks for just this name (a pool of wildcards): then any answer in XMPP,
    /// a stream error too, shows that the backend lives, unless it says that it cannot serve
    /// anybody. Nothing is learnt of features.
    bool wants_features = true;
    HeaderForm form = HeaderForm::anonymous;  // of the header that is sent
    /// Sends headers of both forms. The anonymous one decides whether the check has passed.
    bool asks_both = false;
    std::chrono::milliseconds timeout;  // for all of it
    // What sessions of the pool wait for at most, if that is less.
    std::chrono::milliseconds connect_timeout = std::chrono::milliseconds::max();
    std::chrono::milliseconds answer_timeout = std::chrono::milliseconds::max();
    // xmpp::FeatureEdits of the features shown to clients
    std::uint64_t max_bytes = 0;
    xmpp::HeldBindings bindings = xmpp::HeldBindings::none;
    std::optional<const X509*> certificate = {};  // as BackendApproach has it; start_probe sets it
    /// Localpart of an account of the domain to ask for (proxy/checks/account_question); empty:
    /// none.
    std::string account = {};
};

struct ProbeResult {
    std::optional<balancer::HealthReason> failure;  // none: passed
    std::string detail;                             // of the failure, in words for the log
    std::chrono::milliseconds took{0};              // until the answer; rounded up, so never 0
    // What headers of each form were answered with; none unless sent, wanted and passed.
    std::optional<Offer> offer = {};
    std::optional<Offer> user_offer = {};
    // What of these offers cannot hold.
    std::optional<BindingWarning> warning = {};
    std::optional<BindingWarning> user_warning = {};
    /// The check has passed, but a header that names a user has led to nothing: why, in words.
    std::string user_refusal = {};
    std::optional<Symptom> symptom = {};  // of a failure
    std::string software = {};            // as ProbeVerdict has it
    std::string mark = {};                // account_mark; empty unless asked and answered
};

/// What all probes share. What it refers to outlives them; the struct itself need not.
struct ProbeEnvironment {
    core::EventLoop& loop;
    dns::AddressResolver& resolver;
    BackendTls& tls;
    const OwnAddresses& own;
    /// Those that clients are shown; null: none are known, so no backend's can be compared.
    const core::CertificateStore* certificates = nullptr;
};

/// One check under way; destroyed means given up.
class Probe {
public:
    virtual ~Probe() = default;
};

}  // namespace proxy
