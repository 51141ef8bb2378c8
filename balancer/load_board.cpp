// Rows of relaxed counters: each has one writer, so counting needs no locked instruction.

#include "balancer/load_board.h"

#include <cassert>

namespace balancer {

LoadBoard::LoadBoard(unsigned workers) {
    assert(workers > 0);
    rows_.reserve(workers);
    for (unsigned i = 0; i < workers; ++i)
        rows_.push_back(std::make_unique<Line[]>(kMaxBackends / kCountsPerLine));
}

SessionSlot LoadBoard::take(unsigned worker, BackendId backend) noexcept {
    assert(worker < rows_.size() && backend.get() < kMaxBackends);
    Line& line = rows_[worker][backend.get() / kCountsPerLine];
    std::atomic<std::uint32_t>& count = line.counts[backend.get() % kCountsPerLine];
    count.store(count.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    return SessionSlot(&count);
}

std::uint32_t LoadBoard::sessions(BackendId backend) const noexcept {
    assert(backend.get() < kMaxBackends);
    const std::size_t line = backend.get() / kCountsPerLine;
    const std::size_t place = backend.get() % kCountsPerLine;
    std::uint32_t sum = 0;
    for (const Row& row : rows_) sum += row[line].counts[place].load(std::memory_order_relaxed);
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
