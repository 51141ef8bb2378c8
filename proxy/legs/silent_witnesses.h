#pragma once
// Of each backend that is silent one connection that nobody waits for any more, kept to hear
// whether it answers after all: then it is slow and does not hang, and what was held against it is
// taken back. Its session has been served by another backend. One for each backend and worker; its
// worker's thread only.

#include <chrono>
#include <memory>
#include <unordered_map>

#include "balancer/backend_pool.h"
#include "balancer/patience.h"
#include "balancer/router.h"
#include "core/event_loop.h"
#include "proxy/legs/backend_connection.h"
#include "proxy/legs/passive_reports.h"

namespace proxy {

/// Ends a stream on which only our header was sent, so that the backend sees no broken one.
void close_unused(BackendConnection& connection);

class SilentWitnesses {
public:
    /// All of them outlive the witnesses.
    SilentWitnesses(core::EventLoop& loop, balancer::Router& router, PassiveReports& reports,
                    balancer::Patience& patience);
    ~SilentWitnesses();
    SilentWitnesses(const SilentWitnesses&) = delete;
    SilentWitnesses& operator=(const SilentWitnesses&) = delete;

    struct Attempt {
        std::shared_ptr<const void> kept;  // what the connection refers to until it is open
        std::unique_ptr<BackendConnection> connection;
        std::shared_ptr<const balancer::BackendPool> pool;
        const balancer::Member* member = nullptr;  // of `pool`
        core::TimePoint began;
    };
    /// Listens to it until `until`, or closes it, if there is a witness already.
    void keep(Attempt attempt, core::TimePoint until);
    std::size_t size() const { return all_.size(); }

private:
    class Witness;
    void testify(Witness& witness);
    /// From its own callbacks, too.
    void dismiss(Witness& witness);

    core::EventLoop& loop_;
    balancer::Router& router_;
    PassiveReports& reports_;
    balancer::Patience& patience_;
    std::unordered_map<balancer::BackendId, std::unique_ptr<Witness>> all_;
};

}  // namespace proxy
