#pragma once
// A pool under one policy, its live state, and the sessions that picks lead to. Time stands still
// until pass().

#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "balancer/live_change.h"
#include "balancer/policy.h"

namespace balancer {

struct Spec {
    std::uint32_t weight = 100;
    std::uint32_t max_sessions = 0;
    std::uint32_t priority = 0;
    std::uint32_t connect_rate = 0;
};

using Places = std::vector<std::size_t>;

/// Backends are named by their places: "0", "1" and so on. Two workers, or as many as are said;
/// picks are the first's where no other is named.
class PoolScene {
public:
    PoolScene(conf::Balance balance, const std::vector<Spec>& specs, std::uint64_t seed = 1,
              unsigned workers = 2)
        : board_(workers), rates_(workers) {
        for (unsigned i = 0; i < workers; ++i) policies_.push_back(make_policy(balance, seed + i));
        conf::Pool pool;
        pool.name = "main";
        pool.balance = balance;
        for (const Spec& spec : specs) {
            conf::Backend backend;
            backend.name = std::to_string(pool.backends.size());
            backend.weight = spec.weight;
            backend.max_sessions = spec.max_sessions;
            backend.priority = spec.priority;
            backend.connect_rate = spec.connect_rate;
            pool.backends.push_back(backend);
        }
        BackendIds ids;
        pool_ = BackendPool::make(pool, ids);
    }

    /// The order of one pick, as places in the pool.
    Places order(unsigned worker = 0) {
        Candidates out(pool_);
        pick(policies_[worker], PickContext{board_, failures_, rates_, key_, now_}, out);
        Places places;
        for (std::size_t i = 0; i < out.size(); ++i)
            places.push_back(static_cast<std::size_t>(&out[i] - pool_->members().data()));
        return places;
    }
    /// The first choice as a digit, "-" for none.
    std::string first(unsigned worker = 0) {
        const Places places = order(worker);
        return places.empty() ? "-" : std::to_string(places.front());
    }
    std::string firsts(int picks) {
        std::string text;
        for (int i = 0; i < picks; ++i) text += first();
        return text;
    }
    /// The first choice for a user or a client; it must have one.
    std::size_t home_of(const std::string& user) {
        key_.user = user;
        const std::size_t home = order().at(0);
        key_.user.reset();
        return home;
    }
    std::size_t home_of(const core::Endpoint& client) {
        key_.client = client;
        return order().at(0);
    }
    void take(std::size_t place, int sessions = 1, unsigned worker = 0) {
        for (int i = 0; i < sessions; ++i) {
            rates_.spend(pool_->members()[place].id);
            slots_.push_back(board_.take(worker, pool_->members()[place].id));
        }
    }
    std::uint32_t sessions(std::size_t place) {
        return board_.sessions(pool_->members()[place].id);
    }
    void fail(std::size_t place) { failures_.note_failure(pool_->members()[place].id, now_); }
    void pass(std::chrono::milliseconds time) { now_ += time; }

    void weigh(std::size_t place, std::uint32_t weight) {
        replace(with_weight(*pool_, std::to_string(place), weight));
    }
    void set(std::size_t place, AdminState state) {
        replace(with_admin_state(*pool_, std::to_string(place), state));
    }
    void set(std::size_t place, Health health, std::uint32_t ramp = kFullRamp) {
        const HealthReport report{pool_->members()[place].id, health, ramp};
        pool_ = with_health(*pool_, {&report, 1});
    }
    const BackendPool& pool() const { return *pool_; }

private:
    void replace(Changed changed) {
        if (!changed) throw std::runtime_error(changed.error());
        pool_ = std::move(changed).value();
    }

    std::vector<Policy> policies_;  // by worker
    std::shared_ptr<const BackendPool> pool_;
    LoadBoard board_;
    FailureMemory failures_;
    ConnectRate rates_;
    RoutingKey key_;
    FailureMemory::TimePoint now_{};
    std::vector<SessionSlot> slots_;
};

}  // namespace balancer
