#pragma once
// Weighted turns in O(log n): stride scheduling (Waldspurger, Weihl: Lottery and stride scheduling,
// 1995). Each member is due again after a time that is the inverse of its weight; the first one due
// is next. Pure; any one thread.

#include <cstddef>
#include <cstdint>
#include <vector>

#include "balancer/backend_pool.h"

namespace balancer {

class Turns {
public:
    /// The members of a tier and their weights from now on. Members that were there keep their
    /// turns. A new one gets its share from now on, and nothing for the time before.
    void set(const std::vector<Member>& members, const Tier& tier);

    /// The number of turns after which all have had their shares and the order begins again. 0: no
    /// members.
    std::uint64_t period() const noexcept { return period_; }
    std::size_t size() const noexcept { return heap_.size(); }
    /// Place in the pool of the member that is due first for 0; others follow roughly in the order
    /// of their turns.
    std::uint32_t member_at(std::size_t at) const { return heap_[at].member; }
    bool is_before(std::size_t a, std::size_t b) const noexcept;
    /// The member at `at` has had its turn, or has lost it.
    void pass(std::size_t at);

private:
    struct Entry {
        std::uint64_t due;  // virtual time, which wraps around
        std::uint64_t stride;
        std::uint32_t member;
    };
    bool is_before(const Entry& a, const Entry& b) const noexcept;
    void sink(std::size_t at);

    std::vector<Entry> heap_;  // the earliest first
    std::uint64_t period_ = 0;
    std::uint64_t now_ = 0;  // when the last turn was due
};

}  // namespace balancer
