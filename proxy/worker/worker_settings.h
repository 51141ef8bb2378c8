#pragma once
// What a configuration gives to each worker: all of it at once, at the start and at a reload alike.
// Made on the control loop, then the worker's.

#include <memory>
#include <vector>

#include "conf/config.h"
#include "core/handle.h"
#include "proxy/pools/routing.h"
#include "proxy/worker/worker_tls.h"

namespace proxy {

struct WorkerSettings {
    struct Listening {
        conf::Listen settings;
        core::Fd socket;  // none: this address is being listened on already
    };
    std::shared_ptr<const conf::Config> config;
    Routing routing;
    WorkerTls tls;
    std::vector<Listening> listeners;
};

}  // namespace proxy
