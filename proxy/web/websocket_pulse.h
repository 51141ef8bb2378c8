#pragma once
// Pings for all WebSockets of one worker, each twice a minute, spread evenly over time: proxies and
// networks cut what is silent for a minute, and a client that answers none is lost. Loop thread
// only.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/timer.h"

namespace proxy {

class WebSocketPulse {
public:
    class Beating {
    public:
        /// It is its turn. It may leave in here.
        virtual void beat() = 0;

    protected:
        virtual ~Beating() = default;  // WebSocketPulse is a friend, which might delete it

    private:
        friend class WebSocketPulse;
        std::uint32_t place_ = 0;
    };

    static constexpr std::chrono::seconds kEvery{30};

    /// Each has its turn once in `every`, of which a sixtieth is at least 1 ms.
    explicit WebSocketPulse(core::EventLoop& loop, std::chrono::milliseconds every = kEvery);

    void join(Beating& one);
    void leave(Beating& one);

private:
    void step();

    static constexpr std::size_t kSteps = 60;

    const std::chrono::milliseconds step_;
    std::vector<Beating*> all_;
    std::size_t next_ = 0;
    std::size_t owed_ = 0;  // beats, in parts of kSteps
    core::Timer clock_;
};

}  // namespace proxy
