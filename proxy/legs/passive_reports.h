#pragma once
// What a worker's sessions meet at backends, bundled for the control loop's health machines: one
// message in kBundleTime at most, none when there is nothing to tell. Its worker's thread only.

#include <chrono>
#include <cstdint>
#include <functional>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "balancer/backend_id.h"
#include "balancer/health.h"
#include "core/event_loop.h"
#include "core/timer.h"

namespace proxy {

/// What happened at one backend since the last report. Failures before the last success do not
/// count: a success ends their row.
struct PassiveReport {
    balancer::BackendId backend{0};
    std::uint32_t failures = 0;    // by the backend's own fault, in a row
    balancer::HealthReason why{};  // of the last of them
    bool succeeded = false;        // a login got through after all of them
    bool is_new_row = false;       // a login got through before the first of them
};

class PassiveReports {
public:
    static constexpr std::chrono::milliseconds kBundleTime{100};
    using Send = std::function<void(std::vector<PassiveReport>)>;

    PassiveReports(core::EventLoop& loop, Send send);

    /// Only what a client cannot cause: connecting, TLS, a missing or useless answer.
    void note_failure(balancer::BackendId backend, balancer::HealthReason why);
    /// A login got through. Costs nothing but a lookup unless failures came before it.
    void note_success(balancer::BackendId backend);

private:
    void flush();

    Send send_;
    core::Timer timer_;
    std::unordered_map<balancer::BackendId, PassiveReport> pending_;
    /// Backends with failures that the health machines know of and no success since.
    std::unordered_set<balancer::BackendId> in_doubt_;
};

}  // namespace proxy
