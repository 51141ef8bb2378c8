#include "proxy/pools/drain_watch.h"

#include <fmt/format.h>

#include <utility>
#include <vector>

namespace proxy {
namespace {

/// Workers count their sessions without a word to this loop, so it looks.
constexpr std::chrono::milliseconds kBetweenLooks{250};

}  // namespace

std::string drain_words(std::uint32_t sessions) {
    return sessions == 0 ? "drained" : fmt::format("draining, {} left", sessions);
}

DrainWatch::DrainWatch(core::EventLoop& loop, const balancer::LoadBoard& loads,
                       OnDrained on_drained)
    : loads_(loads), on_drained_(std::move(on_drained)), clock_(loop, [this] { look(); }) {}

void DrainWatch::note(balancer::BackendId id, Drained what) {
    waiting_.erase(id);
    if (what.admin == balancer::AdminState::ready || loads_.sessions(id) == 0) return;
    waiting_.emplace(id, std::move(what));
    if (!clock_.is_running()) clock_.start(kBetweenLooks);
}

void DrainWatch::look() {
    std::vector<Drained> drained;
    for (auto each = waiting_.begin(); each != waiting_.end();) {
        if (loads_.sessions(each->first) != 0) {
            ++each;
            continue;
        }
        drained.push_back(std::move(each->second));
        each = waiting_.erase(each);
    }
    if (!waiting_.empty()) clock_.start(kBetweenLooks);
    for (const Drained& each : drained) on_drained_(each);
}

}  // namespace proxy
