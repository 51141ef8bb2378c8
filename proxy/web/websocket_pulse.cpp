#include "proxy/web/websocket_pulse.h"

namespace proxy {

WebSocketPulse::WebSocketPulse(core::EventLoop& loop, std::chrono::milliseconds every)
    : step_(every / kSteps), clock_(loop, [this] { step(); }) {}

void WebSocketPulse::join(Beating& one) {
    one.place_ = static_cast<std::uint32_t>(all_.size());
    all_.push_back(&one);
    if (!clock_.is_running()) clock_.start(step_);
}

void WebSocketPulse::leave(Beating& one) {
    all_[one.place_] = all_.back();
    all_[one.place_]->place_ = one.place_;
    all_.pop_back();
}

void WebSocketPulse::step() {
    owed_ += all_.size();
    for (; owed_ >= kSteps && !all_.empty(); owed_ -= kSteps) {
        if (next_ >= all_.size()) next_ = 0;
        all_[next_++]->beat();
    }
    if (all_.empty()) {
        owed_ = 0;
    } else {
        clock_.start(step_);
    }
}

}  // namespace proxy
