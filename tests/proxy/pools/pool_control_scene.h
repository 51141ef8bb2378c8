#pragma once
// A PoolControl over backends that answer as the test wants, on a loop that the test turns.

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <stdexcept>
#include <string>

#include "proxy/pools/pool_control.h"
#include "tests/proxy/pools/fake_backends.h"
#include "tests/support/run_loop.h"

namespace proxy {

class PoolControlTest : public testing::Test {
protected:
    void adopt() {
        auto plan = control_.plan(std::make_shared<const conf::Config>(config_));
        if (!plan) throw std::runtime_error(plan.error());
        control_.adopt(std::move(plan).value());
    }
    conf::Pool& main() { return config_.pools[0]; }
    bool until(const std::function<bool()>& holds) { return test::run_until(loop_, holds); }

    const balancer::BackendPool& pool() const { return *control_.routing().table->pools.at(0); }
    balancer::Health health(std::size_t place) const {
        return pool().members().at(place).state.health;
    }
    BackendStatus status(std::size_t place) const {
        return control_.status().at(0).backends.at(place);
    }
    std::string names() const {
        std::string all;
        for (const auto& member : pool().members())
            all += (all.empty() ? "" : " ") + member.backend->name;
        return all;
    }
    bool are_up() const {
        for (const auto& member : pool().members())
            if (member.state.health != balancer::Health::up) return false;
        return true;
    }
    std::string features(const std::string& domain = "example.org") const {
        const FeaturesProfile* found = published_.profiles->find("main", domain);
        return found == nullptr ? "" : found->features;
    }

    core::EventLoop loop_;
    balancer::LoadBoard loads_{2};
    FakeBackends backends_;
    conf::Config config_ = quick_config({"a", "b"});
    Routing published_;
    int publications_ = 0;
    core::Clock::duration dns_time_{};  // ahead of the clock
    PoolControl control_{loop_, loads_,
                         [this](const Routing& routing) {
                             published_ = routing;
                             ++publications_;
                         },
                         backends_.start(), [this] { return core::Clock::now() + dns_time_; }};
};

}  // namespace proxy
