#pragma once
// Tells when the last session of a backend that takes no new ones has gone, so that an operator
// knows when the server may be stopped. Control loop's thread only.
// Why: proxy/README.md, "Drained with the last session".

#include <cstdint>
#include <functional>
#include <map>
#include <string>

#include "balancer/load_board.h"
#include "balancer/member_state.h"
#include "core/event_loop.h"
#include "core/timer.h"

namespace proxy {

/// "draining, 3 left", or "drained".
std::string drain_words(std::uint32_t sessions);

class DrainWatch {
public:
    struct Drained {
        std::string pool;
        std::string backend;
        balancer::AdminState admin{};
    };
    using OnDrained = std::function<void(const Drained&)>;

    /// `loads` must outlive this. `on_drained` is called from the loop, once for each drain or
    /// maintenance that had sessions to wait for.
    DrainWatch(core::EventLoop& loop, const balancer::LoadBoard& loads, OnDrained on_drained);

    /// The operator has set `what.admin`: what is ready again is not waited for any more.
    void note(balancer::BackendId id, Drained what);

private:
    void look();

    const balancer::LoadBoard& loads_;
    OnDrained on_drained_;
    std::map<balancer::BackendId, Drained> waiting_;
    core::Timer clock_;
};

}  // namespace proxy
