#include "proxy/ticket_clock.h"

#include <utility>

#include "core/log.h"

namespace proxy {

namespace {

/// How often a shared file is read again.
constexpr std::chrono::seconds kFileInterval{60};

}  // namespace

TicketRenewal ticket_renewal(const conf::Tls& tls) {
    return {.file = tls.ticket_keys,
            .every = tls.ticket_keys.empty() ? tls.ticket_lifetime : kFileInterval};
}

TicketClock::TicketClock(core::EventLoop& loop, std::function<void(const Keys&)> on_renewed)
    : on_renewed_(std::move(on_renewed)), timer_(loop, [this] { renew(); }) {}

void TicketClock::use(Keys keys, TicketRenewal renewal) {
    renewal_ = std::move(renewal);
    const bool are_others = keys != keys_;
    keys_ = std::move(keys);
    if (are_others) timer_.start(renewal_.every);
}

void TicketClock::renew() {
    timer_.start(renewal_.every);
    if (renewal_.file.empty()) {
        keys_ = keys_->rotated();
    } else {
        auto loaded = core::TicketKeys::load(renewal_.file);
        if (!loaded) {
            core::Log(core::Severity::warn, "ticket_keys_kept")
                .with("file", loaded.error().file.string())
                .with("why", loaded.error().what)
                .with("remedy",
                      "repair the file; it is read again each minute, and the keys of before are "
                      "used");
            return;
        }
        keys_ = std::move(loaded).value();
    }
    on_renewed_(keys_);
}

}  // namespace proxy
