#pragma once
// A process with two pools, as monitoring sees it.

#include "proxy/monitor/monitored.h"

namespace proxy {

inline BackendStatus example_backend(std::string name) {
    BackendStatus backend;
    backend.name = std::move(name);
    backend.address = "10.0.0.11:5222";
    backend.health = balancer::HealthMachine::State::up;
    backend.weight = backend.file_weight = 100;
    return backend;
}

inline Monitored example_monitored() {
    using namespace std::chrono_literals;
    Monitored what;
    what.now = {std::chrono::system_clock::time_point(1'000'000'000s), core::TimePoint(500'000s)};
    what.status.version = "0.1.0";
    what.status.config_file = "/etc/stanzagate/stanzagate.toml";
    what.status.started = what.now.wall - 3h;
    what.status.config_loaded = what.now.wall - 3min;
    what.status.workers = 2;
    what.status.sessions = 12;
    what.status.session_limit = 9'000;
    PoolStatus main;
    main.name = "main";
    main.backends = {example_backend("a"), example_backend("b")};
    PoolStatus chat;
    chat.name = "chat";
    chat.backends = {example_backend("c")};
    what.status.pools = {main, chat};
    return what;
}

}  // namespace proxy
