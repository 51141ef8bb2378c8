#pragma once
// What has been learnt from DNS: answers by name with the time until which they count as fresh. A
// failed question keeps the last good answer and marks it stale: an outage of DNS must not become
// one of ours. Pure, time injected; one thread.

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "core/event_loop.h"
#include "dns/problem.h"

namespace dns {

/// Answers, "there is nothing" among them, are believed at least and at most this long, whatever
/// their TTL says.
inline constexpr std::chrono::seconds kTtlFloor{5};
inline constexpr std::chrono::seconds kTtlCeiling{3600};
/// A question that failed is not asked again for this long.
inline constexpr std::chrono::seconds kRetryAfter{5};
/// Names in one cache. One more drops the name whose freshness ends first.
inline constexpr std::size_t kCacheNamesMax = 4096;

template <class Answer>
struct Known {
    std::optional<Answer> answer;    // the last good one; none before there was one
    std::optional<Problem> problem;  // why the last question failed; none when it did not
    core::TimePoint fresh_until{};

    bool is_stale() const { return answer.has_value() && problem.has_value(); }
};

template <class Answer>
class Cache {
public:
    /// Nullptr when nothing is known. Valid until the next `keep` or `fail`.
    const Known<Answer>* find(std::string_view name) const {
        const auto at = names_.find(name);
        return at == names_.end() ? nullptr : &at->second;
    }

    /// Fresh is what need not be asked now: a young answer, or a failure of a moment ago.
    bool is_fresh(std::string_view name, core::TimePoint now) const {
        const Known<Answer>* known = find(name);
        return known != nullptr && now < known->fresh_until;
    }

    void keep(std::string_view name, Answer answer, std::chrono::seconds ttl, core::TimePoint now) {
        Known<Answer>& known = slot(name);
        known.answer = std::move(answer);
        known.problem.reset();
        known.fresh_until = now + std::clamp(ttl, kTtlFloor, kTtlCeiling);
    }

    void fail(std::string_view name, Problem problem, core::TimePoint now) {
        Known<Answer>& known = slot(name);
        known.problem = problem;
        known.fresh_until = now + kRetryAfter;
    }

    /// As `fail`, for a question that is still under way: nothing becomes fresh by it.
    void mark_stale(std::string_view name, Problem problem) {
        if (const auto at = names_.find(name); at != names_.end()) {
            at->second.problem = problem;
        }
    }

    /// An answer of somebody else, where nothing is known: old from the start, so that it is asked
    /// for all the same.
    void hear(std::string_view name, Answer answer) {
        if (find(name) == nullptr) slot(name).answer = std::move(answer);
    }

    std::size_t size() const { return names_.size(); }

private:
    Known<Answer>& slot(std::string_view name) {
        if (const auto at = names_.find(name); at != names_.end()) return at->second;
        if (names_.size() == kCacheNamesMax) {
            names_.erase(std::min_element(
                names_.begin(), names_.end(), [](const auto& left, const auto& right) {
                    return left.second.fresh_until < right.second.fresh_until;
                }));
        }
        return names_[std::string(name)];
    }

    std::map<std::string, Known<Answer>, std::less<>> names_;
};

}  // namespace dns
