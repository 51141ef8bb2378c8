#pragma once
// Keys in use, and their renewal: own keys are rotated once per lifetime, keys that proxies share
// are read from their file again each minute. Keys of TLS session tickets and of resumption tags
// have one form and one clock each. Owned by Server; control loop's thread only.

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <string_view>

#include "conf/config.h"
#include "core/event_loop.h"
#include "core/ticket_keys.h"
#include "core/timer.h"

namespace proxy {

/// How keys come to be others.
struct TicketRenewal {
    std::filesystem::path file;          // that proxies share; empty: own keys
    std::chrono::milliseconds every{0};  // 0: never
};
TicketRenewal ticket_renewal(const conf::Tls& tls);
/// Own keys stay: a tag has to hold as long as any session may be resumed.
TicketRenewal renewal_of(const conf::Resumption& resumption);

class TicketClock {
public:
    using Keys = std::shared_ptr<const core::TicketKeys>;

    /// `on_renewed` gets keys that count from now on. `event_kept`: the log's when they cannot be
    /// read again.
    TicketClock(core::EventLoop& loop, std::string_view event_kept,
                std::function<void(const Keys&)> on_renewed);

    /// A configuration's keys. Where they are those in use, their time goes on, and a new pace
    /// counts from when it began: what is overdue by it is renewed in the loop's next turn.
    void use(Keys keys, TicketRenewal renewal);
    /// Null before the first use().
    const Keys& keys() const noexcept { return keys_; }

private:
    void begin_interval();
    void renew();

    Keys keys_;
    core::Clock::time_point renewed_at_;
    TicketRenewal renewal_;
    std::string_view event_kept_;
    std::function<void(const Keys&)> on_renewed_;
    core::Timer timer_;
};

}  // namespace proxy
