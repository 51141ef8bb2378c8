#pragma once
// What each worker counts for itself, where any thread may read it. Shared from start to end.

#include <algorithm>
#include <array>
#include <cstddef>
#include <memory>
#include <string_view>

#include "core/count.h"
#include "proxy/legs/connect_counts.h"
#include "proxy/session/session_counts.h"
#include "proxy/web/web_counts.h"
#include "proxy/worker/accepted_counts.h"

namespace proxy {

/// What clients come by, as Frontend::kind names it.
inline constexpr std::array<std::string_view, 4> kTransports{"c2s", "c2s-tls", "websocket", "bosh"};

/// On cache lines of its own, for its worker writes all the time.
struct alignas(64) WorkerCounts {
    SessionCounts sessions;
    ConnectCounts connects;
    WebCounts web;
    /// Sessions that are there, by their transport.
    std::array<core::Count, kTransports.size()> there;
    /// How long what was ready has waited for the loop lately, at worst: microseconds.
    core::Count lag;

    /// Of those that come by one of kTransports.
    core::Count& there_by(std::string_view transport) {
        const auto found = std::find(kTransports.begin(), kTransports.end() - 1, transport);
        return there[static_cast<std::size_t>(found - kTransports.begin())];
    }
};

/// One for each worker.
class AllWorkerCounts {
public:
    explicit AllWorkerCounts(unsigned workers)
        : size_(workers), all_(std::make_unique<WorkerCounts[]>(workers)), accepted_(workers) {}

    WorkerCounts& of(unsigned worker) { return all_[worker % size_]; }
    const WorkerCounts& of(unsigned worker) const { return all_[worker % size_]; }
    unsigned size() const noexcept { return size_; }
    AcceptedCounts& accepted() { return accepted_; }
    const AcceptedCounts& accepted() const { return accepted_; }

private:
    unsigned size_;
    std::unique_ptr<WorkerCounts[]> all_;
    AcceptedCounts accepted_;
};

}  // namespace proxy
