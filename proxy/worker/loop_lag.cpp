#include "proxy/worker/loop_lag.h"

#include <algorithm>

namespace proxy {

LoopLag::LoopLag(core::EventLoop& loop, core::Count& worst)
    : loop_(loop),
      worst_(worst),
      due_(core::Clock::now() + kEvery),
      timer_(loop, [this] { note(); }) {
    timer_.start(kEvery);
}

void LoopLag::note() {
    const core::TimePoint now = core::Clock::now();
    const auto late = std::chrono::duration_cast<std::chrono::microseconds>(now - due_);
    last_[next_] = std::max(late, loop_.turn().take_longest());
    next_ = (next_ + 1) % kKept;
    worst_.set(static_cast<std::uint64_t>(std::ranges::max(last_).count()));
    due_ = now + kEvery;
    timer_.start(kEvery);
}

}  // namespace proxy
