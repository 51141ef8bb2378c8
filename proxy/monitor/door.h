#pragma once
// Where monitoring finds the process over HTTP: [admin] http, opened at the start and again when a
// reload changes it. At most 32 visits at once; nothing can be changed here. Owned by Server;
// control loop's thread only.

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "conf/config.h"
#include "core/event_loop.h"
#include "core/listener.h"
#include "core/result.h"
#include "proxy/monitor/last_hour.h"
#include "proxy/monitor/monitored.h"
#include "proxy/monitor/visit.h"

namespace proxy {

class MonitorDoor {
public:
    static constexpr std::size_t kMostVisits = 32;

    /// Shut. `look` gives what there is to see now.
    MonitorDoor(core::EventLoop& loop, std::function<Monitored()> look)
        : loop_(loop), look_(std::move(look)) {}
    ~MonitorDoor();

    /// From now on as configured. The error is a sentence for the operator; nothing has changed
    /// then.
    core::Result<void, std::string> open(const conf::Admin& configured);
    /// The same at a start, on the socket of the process whose place this one takes.
    void take_over(const conf::Admin& configured, core::Fd socket);
    /// The socket once more; none where it is shut.
    core::Fd share() { return listener_ ? listener_->share() : core::Fd(); }
    void close();
    /// To be called every second: keeps the curves.
    void tick(core::TimePoint now);

private:
    void listen_on(core::Fd socket);
    void begin(core::Fd connection);
    void end(MonitorVisit& visit);

    core::EventLoop& loop_;
    std::function<Monitored()> look_;
    conf::Admin configured_;
    std::unique_ptr<core::Listener> listener_;
    std::vector<std::unique_ptr<MonitorVisit>> visits_;
    LastHour hour_;
};

}  // namespace proxy
