#include "proxy/legs/passive_reports.h"

#include <utility>

namespace proxy {

PassiveReports::PassiveReports(core::EventLoop& loop, Send send)
    : send_(std::move(send)), timer_(loop, [this] { flush(); }) {}

void PassiveReports::note_failure(balancer::BackendId backend, balancer::HealthReason why) {
    PassiveReport& report = pending_[backend];
    report.backend = backend;
    // A success in between ends the row of failures before it.
    if (std::exchange(report.succeeded, false)) {
        report.failures = 0;
        report.is_new_row = true;
    }
    ++report.failures;
    report.why = why;
    in_doubt_.insert(backend);
    if (!timer_.is_running()) timer_.start(kBundleTime);
}

void PassiveReports::note_success(balancer::BackendId backend) {
    if (in_doubt_.empty() || in_doubt_.erase(backend) == 0) return;
    PassiveReport& report = pending_[backend];
    report.backend = backend;
    report.succeeded = true;
    if (!timer_.is_running()) timer_.start(kBundleTime);
}

void PassiveReports::flush() {
    std::vector<PassiveReport> reports;
    reports.reserve(pending_.size());
    for (const auto& [backend, report] : pending_) reports.push_back(report);
    pending_.clear();
    send_(std::move(reports));
}

}  // namespace proxy
