// Times are compared by their distance from now, so that they may wrap around.

#include "balancer/turns.h"

#include <numeric>
#include <unordered_map>
#include <utility>

namespace balancer {
namespace {

/// The time between two turns of a member of weight 1. It is large enough to follow weights to
/// within 2^-24, and small enough that all times that are compared are near each other.
constexpr std::uint64_t kLongestStride = std::uint64_t{1} << 40;

}  // namespace

void Turns::set(const std::vector<Member>& members, const Tier& tier) {
    std::unordered_map<std::uint32_t, Entry> before;
    for (const Entry& entry : heap_) before.emplace(entry.member, entry);
    heap_.clear();
    const std::uint64_t count = tier.members.size();
    std::uint64_t weights = 0;
    std::uint64_t common = 0;  // what all weights are multiples of
    for (std::uint64_t i = 0; i < count; ++i) {
        const std::uint32_t member = tier.members[i];
        const std::uint64_t stride = kLongestStride / members[member].weight;
        weights += members[member].weight;
        common = std::gcd<std::uint64_t>(common, members[member].weight);
        // New ones stand at different points of their first period, or equals would go in bursts.
        std::uint64_t due = now_ + stride / (2 * count) * (2 * i + 1);
        if (const auto then = before.find(member); then != before.end()) {
            const auto wait = static_cast<double>(then->second.due - now_);
            const double change =
                static_cast<double>(stride) / static_cast<double>(then->second.stride);
            due = then->second.stride == stride ? then->second.due
                                                : now_ + static_cast<std::uint64_t>(wait * change);
        }
        heap_.push_back({due, stride, member});
    }
    period_ = common == 0 ? 0 : weights / common;
    for (std::size_t at = heap_.size() / 2; at-- > 0;) sink(at);
}

void Turns::pass(std::size_t at) {
    Entry& entry = heap_[at];
    if (at == 0) now_ = entry.due;
    entry.due += entry.stride;
    sink(at);
}

bool Turns::is_before(std::size_t a, std::size_t b) const noexcept {
    return is_before(heap_[a], heap_[b]);
}

bool Turns::is_before(const Entry& a, const Entry& b) const noexcept {
    const std::uint64_t wait_a = a.due - now_;
    const std::uint64_t wait_b = b.due - now_;
    return wait_a != wait_b ? wait_a < wait_b : a.member < b.member;
}

void Turns::sink(std::size_t at) {
    while (true) {
        const std::size_t left = 2 * at + 1;
        if (left >= heap_.size()) return;
        const std::size_t right = left + 1;
        const std::size_t child =
            right < heap_.size() && is_before(heap_[right], heap_[left]) ? right : left;
        if (!is_before(heap_[child], heap_[at])) return;
        std::swap(heap_[child], heap_[at]);
        at = child;
    }
}

}  // namespace balancer
