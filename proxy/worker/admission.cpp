#include "proxy/worker/admission.h"

#include <utility>

namespace proxy {

void Admission::add(Caller caller) {
    if (waiting_.empty()) was_empty_ = caller.came;
    waiting_.push_back(std::move(caller));
}

bool Admission::is_stale(core::TimePoint now) const {
    return !waiting_.empty() && now - waiting_.front().came > kFresh;
}

bool Admission::is_overloaded(core::TimePoint now) const {
    return !waiting_.empty() && now - was_empty_ > kCrowd;
}

std::chrono::milliseconds Admission::patience(core::TimePoint now) const {
    return is_overloaded(now) ? kOverload : kCrowd;
}

bool Admission::is_late(const Caller& caller, core::TimePoint now) const {
    return now - caller.came > patience(now);
}

std::optional<Caller> Admission::take_next(core::TimePoint now) {
    if (waiting_.empty()) return std::nullopt;
    if (!is_stale(now)) return take_front();
    if (is_late(waiting_.back(), now)) return std::nullopt;
    Caller newest = std::move(waiting_.back());
    waiting_.pop_back();
    return newest;
}

std::optional<Caller> Admission::take_late(core::TimePoint now) {
    if (waiting_.empty() || !is_late(waiting_.front(), now)) return std::nullopt;
    return take_front();
}

std::optional<Caller> Admission::take_oldest() {
    if (waiting_.empty()) return std::nullopt;
    return take_front();
}

Caller Admission::take_front() {
    Caller oldest = std::move(waiting_.front());
    waiting_.pop_front();
    return oldest;
}

}  // namespace proxy
