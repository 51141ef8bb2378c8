#pragma once
// The backends a session may try, best first: failover is one loop over them.

#include <algorithm>
#include <array>
#include <cassert>
#include <cstdint>
#include <memory>

#include "balancer/backend_pool.h"

namespace balancer {

/// Up to kMax members of one pool, each once. Keeps the pool's snapshot alive, so it may be held
/// while connecting.
class Candidates {
public:
    static constexpr std::size_t kMax = 8;

    explicit Candidates(std::shared_ptr<const BackendPool> pool) : pool_(std::move(pool)) {}

    std::size_t size() const noexcept { return size_; }
    bool empty() const noexcept { return size_ == 0; }
    bool is_full() const noexcept { return size_ == kMax; }
    const Member& operator[](std::size_t i) const {
        assert(i < size_);
        return pool_->members()[chosen_[i]];
    }
    const BackendPool& pool() const noexcept { return *pool_; }
    /// For a caller that keeps a member longer than these candidates.
    const std::shared_ptr<const BackendPool>& shared_pool() const noexcept { return pool_; }

    /// Appends a member by its place in the pool. Does nothing when it is there already or when
    /// full.
    void add(std::uint32_t member) noexcept {
        if (is_full() || contains(member)) return;
        chosen_[size_++] = member;
    }
    bool contains(std::uint32_t member) const noexcept {
        for (std::size_t i = 0; i < size_; ++i)
            if (chosen_[i] == member) return true;
        return false;
    }
    /// Puts the i-th in front of all; the others keep their order.
    void prefer(std::size_t i) noexcept {
        assert(i < size_);
        std::rotate(chosen_.begin(), chosen_.begin() + i, chosen_.begin() + i + 1);
    }
    /// Takes out those that are of no use.
    template <class IsOut>
    void remove_if(const IsOut& is_out) {
        const auto end = std::remove_if(chosen_.begin(), chosen_.begin() + size_, [&](auto place) {
            return is_out(pool_->members()[place]);
        });
        size_ = static_cast<std::uint32_t>(end - chosen_.begin());
    }

private:
    std::shared_ptr<const BackendPool> pool_;
    std::array<std::uint32_t, kMax> chosen_{};
    std::uint32_t size_ = 0;
};

}  // namespace balancer
