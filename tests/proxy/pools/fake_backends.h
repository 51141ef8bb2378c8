#pragma once
// Backends that exist only for checks, and answer them as the test wants.

#include <chrono>
#include <functional>
#include <initializer_list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "conf/config.h"
#include "core/event_loop.h"
#include "proxy/checks/prober.h"
#include "proxy/pools/pool_control.h"

namespace proxy {

/// How one of them answers.
struct Behaviour {
    std::optional<balancer::HealthReason> failure;
    std::string features = "<features/>";
    std::string sasl = "PLAIN";
    std::string user_features = "<features for='user'/>";
    std::string user_sasl = "PLAIN, SASL2 PLAIN";
    std::optional<xmpp::NamespaceBindings> prefixes = xmpp::NamespaceBindings();
    bool refuses_users = false;  // but answers others
    std::optional<BindingWarning> warning = {};
    bool is_silent = false;  // never
};

/// Answers checks from the loop; none that was given up.
class FakeBackends {
public:
    /// By host.
    Behaviour& operator[](const std::string& host) { return behaviours_[host]; }

    PoolControl::StartProbe start() {
        return [this](const ProbeEnvironment& environment, ProbeRequest request,
                      std::function<void(const ProbeResult&)> on_done) {
            return start_check(environment.loop, std::move(request), std::move(on_done));
        };
    }
    std::unique_ptr<Probe> start_check(core::EventLoop& loop, ProbeRequest request,
                                       std::function<void(const ProbeResult&)> on_done) {
        auto probe = std::make_unique<FakeProbe>();
        loop.post([this, request = std::move(request), on_done = std::move(on_done),
                   is_alive = probe->is_alive] {
            if (*is_alive) answer(request, on_done);
        });
        return probe;
    }

    std::vector<ProbeRequest> requests;

private:
    struct FakeProbe : Probe {
        ~FakeProbe() override { *is_alive = false; }
        std::shared_ptr<bool> is_alive = std::make_shared<bool>(true);
    };
    void answer(const ProbeRequest& request,
                const std::function<void(const ProbeResult&)>& on_done) {
        requests.push_back(request);
        const Behaviour& behaviour = behaviours_[request.backend.host];
        if (behaviour.is_silent) return;
        const bool is_refused =
            behaviour.refuses_users && !request.asks_both && request.form == HeaderForm::user;
        const auto failure = is_refused ? balancer::HealthReason::bad_answer : behaviour.failure;
        ProbeResult result{.failure = failure,
                           .detail = failure ? "fake trouble" : "",
                           .took = std::chrono::milliseconds(7)};
        if (!failure && request.wants_features) answer_features(request, behaviour, result);
        on_done(result);
    }

    static void answer_features(const ProbeRequest& request, const Behaviour& behaviour,
                                ProbeResult& result) {
        result.warning = result.user_warning = behaviour.warning;
        if (request.asks_both || request.form == HeaderForm::anonymous)
            result.offer = Offer{behaviour.features, behaviour.sasl, behaviour.prefixes};
        if (!request.asks_both && request.form == HeaderForm::anonymous) return;
        if (behaviour.refuses_users) {
            result.user_refusal = "fake refusal";
        } else {
            result.user_offer =
                Offer{behaviour.user_features, behaviour.user_sasl, behaviour.prefixes};
        }
    }

    std::map<std::string, Behaviour> behaviours_;
};

inline conf::Backend backend_of(const std::string& name) {
    conf::Backend backend;
    backend.name = backend.host = name;
    return backend;
}

/// example.org served by one pool "main" of these. Its times are short, so that no test waits for
/// seconds.
inline conf::Config quick_config(std::initializer_list<std::string> backends) {
    conf::Pool pool;
    pool.name = "main";
    for (const std::string& name : backends) pool.backends.push_back(backend_of(name));
    pool.health.every = std::chrono::milliseconds(5);
    pool.health.eject_first = std::chrono::milliseconds(20);
    pool.health.slow_start = std::chrono::milliseconds(0);
    conf::Config config;
    config.pools = {std::move(pool)};
    config.domains = {{"example.org", "main"}};
    return config;
}

}  // namespace proxy
