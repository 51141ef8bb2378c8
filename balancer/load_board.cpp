// Rows of relaxed counters: each has one writer, so counting needs no locked instruction.

#include "balancer/load_board.h"

#include <cassert>

namespace balancer {

LoadBoard::LoadBoard(unsigned workers)
    : rows_(workers), logins_before_(kMaxBackends), turns_(kMaxBackends) {
    assert(workers > 0);
}

SessionSlot LoadBoard::take(unsigned worker, BackendId backend) noexcept {
    assert(worker < rows_.size() && backend.get() < kMaxBackends);
    std::atomic<std::uint32_t>& count = rows_[worker].sessions[backend];
    count.store(count.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    return SessionSlot(&count);
}

std::uint32_t LoadBoard::sessions(BackendId backend) const noexcept {
    assert(backend.get() < kMaxBackends);
    std::uint32_t sum = 0;
    for (const Rows& row : rows_) sum += row.sessions[backend].load(std::memory_order_relaxed);
    return sum;
}

void LoadBoard::count_login(unsigned worker, BackendId backend) noexcept {
    assert(worker < rows_.size() && backend.get() < kMaxBackends);
    std::atomic<std::uint64_t>& count = rows_[worker].logins[backend];
    count.store(count.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
}

std::uint64_t LoadBoard::logins(BackendId backend) const noexcept {
    return all_logins(backend) - logins_before_[backend.get()];
}

void LoadBoard::begin_anew(BackendId backend) noexcept {
    // Only a row's own worker may write it, so the counts go on and this is taken off.
    logins_before_[backend.get()] = all_logins(backend);
    login_lines_.begin_anew(backend);
}

std::uint64_t LoadBoard::all_logins(BackendId backend) const noexcept {
    assert(backend.get() < kMaxBackends);
    std::uint64_t sum = 0;
    for (const Rows& row : rows_) sum += row.logins[backend].load(std::memory_order_relaxed);
    return sum;
}

void SessionSlot::release() noexcept {
    if (count_ == nullptr) return;
    const std::uint32_t before = count_->load(std::memory_order_relaxed);
    assert(before > 0);
    count_->store(before - 1, std::memory_order_relaxed);
    count_ = nullptr;
}

}  // namespace balancer
