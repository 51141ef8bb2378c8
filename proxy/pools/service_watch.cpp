#include "proxy/pools/service_watch.h"

#include <algorithm>
#include <utility>

#include "proxy/pools/pool_log.h"

namespace proxy {

ServiceWatch::ServiceWatch(core::EventLoop& loop, OnChange on_change)
    : loop_(loop), on_change_(std::move(on_change)) {}

void ServiceWatch::watch(dns::SrvResolver& resolver, const std::set<std::string>& names) {
    std::erase_if(services_, [&](const auto& each) { return !names.contains(each.first); });
    std::erase_if(known_, [&](const auto& each) { return !names.contains(each.first); });
    for (const std::string& name : names) {
        Service& service = services_[name];
        if (service.discovery) continue;
        service.discovery = std::make_unique<dns::Discovery>(
            loop_, resolver, name,
            [this, name](const dns::Discovered& found) { take(name, found); });
    }
    if (is_all_answered()) release_waiting();
}

void ServiceWatch::end_discoveries() {
    for (auto& [name, service] : services_) service.discovery.reset();
}

void ServiceWatch::when_answered(std::chrono::milliseconds patience,
                                 std::function<void()> on_ready) {
    const auto at = waiting_.insert(waiting_.end(), Waiting{nullptr, std::move(on_ready)});
    at->timer = std::make_unique<core::Timer>(loop_, [this, at] {
        const Waiting waiting = std::move(*at);
        waiting_.erase(at);
        waiting.on_ready();
    });
    at->timer->start(is_all_answered() ? std::chrono::milliseconds(0) : patience);
}

std::string ServiceWatch::problem_of(const std::string& service) const {
    const auto at = services_.find(service);
    if (at == services_.end() || !at->second.problem) return {};
    return std::string(to_string(*at->second.problem));
}

void ServiceWatch::take(const std::string& name, const dns::Discovered& found) {
    Service& service = services_[name];
    service.is_answered = true;
    service.problem = found.problem;
    tell_problem(name, service);
    tell_emptiness(name, service, found);
    // A new resolver remembers nothing: its failure is no reason to forget what another one found.
    const bool is_news = !found.problem || !found.set.records.empty();
    const auto before = known_.find(name);
    const bool is_change =
        before == known_.end() ? !found.set.records.empty() : before->second != found.set;
    if (is_news && is_change) {
        known_[name] = found.set;
        on_change_(name);
    }
    if (is_all_answered()) release_waiting();
}

void ServiceWatch::tell_problem(const std::string& name, Service& service) {
    // An answer that is late has not failed yet.
    if (service.problem == dns::Problem::slow) return;
    const bool is_problem = service.problem.has_value();
    if (is_problem == service.is_problem_told) return;
    service.is_problem_told = is_problem;
    if (is_problem) {
        log_dns_problem(name, to_string(*service.problem));
    } else {
        log_dns_recovered(name);
    }
}

/// A name that was mistyped, or a zone that was emptied, is no failure of DNS; but nobody is
/// served.
void ServiceWatch::tell_emptiness(const std::string& name, Service& service,
                                  const dns::Discovered& found) {
    if (found.problem) return;
    const bool is_empty = found.set.records.empty();
    if (is_empty && !service.is_emptiness_told) log_service_empty(name);
    service.is_emptiness_told = is_empty;
}

bool ServiceWatch::is_all_answered() const {
    return std::all_of(services_.begin(), services_.end(),
                       [](const auto& each) { return each.second.is_answered; });
}

void ServiceWatch::release_waiting() {
    for (Waiting& waiting : waiting_) waiting.timer->start_now();
}

}  // namespace proxy
