#pragma once
// A running process for the operator's commands: one pool with two backends, and a record of what
// was asked. What comes later in the real one comes at once, or when the test says so.

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "proxy/admin/target.h"

namespace proxy {

class FakeAdminTarget final : public AdminTarget {
public:
    FakeAdminTarget() {
        BackendStatus a;
        a.name = "a";
        a.address = "10.0.0.11:5222";
        a.health = balancer::HealthMachine::State::up;
        a.weight = 100;
        a.file_weight = 100;
        a.sessions = 12;
        BackendStatus other = a;
        other.name = "10.0.0.12:5222";
        other.address = other.name;
        PoolStatus pool;
        pool.name = "main";
        pool.backends = {a, other};
        status_.version = "0.1.0";
        status_.config_file = "/etc/stanzagate/stanzagate.toml";
        status_.started = status_.config_loaded = std::chrono::system_clock::now();
        status_.pools = {pool};
    }

    ServerStatus status() const override { return status_; }

    Changed set_weight(std::string_view pool, std::string_view backend,
                       std::uint64_t weight) override {
        asked_.push_back("weight " + member(pool, backend) + " " + std::to_string(weight));
        return answer(pool);
    }
    Changed set_admin_state(std::string_view pool, std::string_view backend,
                            balancer::AdminState state,
                            std::chrono::milliseconds evict_over) override {
        asked_.push_back(std::string(balancer::to_string(state)) + " " + member(pool, backend) +
                         " " + std::to_string(evict_over.count()));
        return answer(pool);
    }
    LiveKeeping keeping() const override { return keeping_; }
    Drift drift() const override { return drift_; }
    ShownCertificates certificates() const override { return certificates_; }
    Explanation explain(std::string_view user,
                        const std::optional<core::Endpoint>& client) const override {
        Explanation found = explanation_;
        found.user = user;
        if (client) found.backends = {client->to_string()};
        return found;
    }
    void find_sessions(const SessionFilter& filter, std::size_t most,
                       OnSessions on_found) override {
        asked_.push_back("find " + filter.user + " " + filter.pool + "/" + filter.backend + " " +
                         std::to_string(most));
        on_found(sessions_, matching_);
    }
    void kick(const SessionFilter& filter, std::function<void(std::uint64_t)> on_done) override {
        asked_.push_back("kick " + filter.id + filter.user);
        on_done(matching_);
    }
    void reload(std::function<void(const ReloadResult&)> on_done) override {
        asked_.push_back("reload");
        if (holds_reload_) {
            held_ = std::move(on_done);
        } else {
            on_done(reload_);
        }
    }

    void upgrade(OnUpgraded on_done) override {
        asked_.push_back("upgrade");
        on_done(upgraded_);
    }

    static std::string member(std::string_view pool, std::string_view backend) {
        return std::string(pool) + "/" + std::string(backend);
    }

    ServerStatus status_;
    BeforeChange before_{100, balancer::AdminState::ready, 12, balancer::BackendId{1}, 100};
    LiveKeeping keeping_;
    Drift drift_;
    ShownCertificates certificates_;
    Explanation explanation_;
    std::vector<SessionFacts> sessions_;
    std::uint64_t matching_ = 0;
    core::Result<Upgraded, std::string> upgraded_{Upgraded{4711, "0.2.0", 12, {}}};
    ReloadResult reload_{true, {}, {}, {}};
    bool holds_reload_ = false;
    std::function<void(const ReloadResult&)> held_;
    std::vector<std::string> asked_;

private:
    Changed answer(std::string_view pool) const {
        if (pool != "main") {
            return core::fail("there is no pool \"" + std::string(pool) +
                              "\" (did you mean \"main\"?)");
        }
        return before_;
    }
};

}  // namespace proxy
