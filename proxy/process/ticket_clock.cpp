#include "proxy/process/ticket_clock.h"

#include <algorithm>
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

TicketRenewal renewal_of(const conf::Resumption& resumption) {
    return {.file = resumption.keys,
            .every = resumption.keys.empty() ? std::chrono::milliseconds(0) : kFileInterval};
}

TicketClock::TicketClock(core::EventLoop& loop, std::string_view event_kept,
                         std::function<void(const Keys&)> on_renewed)
    : event_kept_(event_kept),
      on_renewed_(std::move(on_renewed)),
      timer_(loop, [this] { renew(); }) {}

void TicketClock::use(Keys keys, TicketRenewal renewal) {
    const bool has_new_pace = renewal.every != renewal_.every;
    renewal_ = std::move(renewal);
    if (keys != keys_) {
        keys_ = std::move(keys);
        begin_interval();
    } else if (renewal_.every.count() == 0) {
        timer_.cancel();
    } else if (has_new_pace) {
        const auto due = std::chrono::ceil<std::chrono::milliseconds>(renewed_at_ + renewal_.every -
                                                                      core::Clock::now());
        timer_.start(std::max(due, std::chrono::milliseconds(0)));
    }
}

void TicketClock::begin_interval() {
    renewed_at_ = core::Clock::now();
    if (renewal_.every.count() > 0) timer_.start(renewal_.every);
}

void TicketClock::renew() {
    begin_interval();
    if (renewal_.file.empty()) {
        keys_ = keys_->rotated();
    } else {
        auto loaded = core::TicketKeys::load(renewal_.file);
        if (!loaded) {
            core::Log(core::Severity::warn, event_kept_)
                .with("file", loaded.error().file.string())
                .with("why", loaded.error().what)
                .with("remedy",
                      "repair the file; it is read again each minute, and until then the old "
                      "keys are used");
            return;
        }
        keys_ = std::move(loaded).value();
    }
    on_renewed_(keys_);
}

}  // namespace proxy
