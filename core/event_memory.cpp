// Blocks of one size lie in one stretch of addresses, so that a pointer says how large its block
// is. The system gives a page when it is first touched.

#include "core/event_memory.h"

#include <event2/event.h>
#include <sys/mman.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <mutex>

namespace core {

namespace {

constexpr std::size_t kStep = 16;  // sizes are multiples of it, and so is what malloc aligns to
constexpr std::size_t kSizes = 4;
constexpr std::size_t kLargest = kStep * kSizes;
constexpr std::size_t kStretch = std::size_t{32} << 20;  // addresses of each size

class EventMemory {
public:
    EventMemory() {
        void* const all = ::mmap(nullptr, kStretch * kSizes, PROT_READ | PROT_WRITE,
                                 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (all != MAP_FAILED) begin_ = static_cast<std::byte*>(all);
    }

    /// Null when there is none of that size (left).
    void* take(std::size_t size) noexcept {
        if (begin_ == nullptr || size == 0 || size > kLargest) return nullptr;
        const std::size_t which = (size - 1) / kStep;
        Stretch& stretch = stretches_[which];
        const std::lock_guard lock(mutex_);
        if (stretch.free != nullptr) {
            void* const block = stretch.free;
            std::memcpy(&stretch.free, block, sizeof stretch.free);
            return block;
        }
        const std::size_t bytes = (which + 1) * kStep;
        if (stretch.used + bytes > kStretch) return nullptr;
        void* const block = begin_ + which * kStretch + stretch.used;
        stretch.used += bytes;
        return block;
    }
    bool holds(const void* block) const noexcept {
        const auto* const at = static_cast<const std::byte*>(block);
        return begin_ != nullptr && at >= begin_ && at < begin_ + kStretch * kSizes;
    }
    std::size_t size_of(const void* block) const noexcept { return (which_of(block) + 1) * kStep; }
    void give_back(void* block) noexcept {
        Stretch& stretch = stretches_[which_of(block)];
        const std::lock_guard lock(mutex_);
        std::memcpy(block, &stretch.free, sizeof stretch.free);
        stretch.free = block;
    }

private:
    struct Stretch {
        std::size_t used = 0;  // bytes that were ever taken
        void* free = nullptr;  // the first of those given back; each begins with the next
    };

    std::size_t which_of(const void* block) const noexcept {
        const auto offset = static_cast<const std::byte*>(block) - begin_;
        return static_cast<std::size_t>(offset) / kStretch;
    }

    std::byte* begin_ = nullptr;
    std::mutex mutex_;
    std::array<Stretch, kSizes> stretches_;  // guarded by it
};

/// Never destroyed: a base may outlive what is static.
EventMemory& event_memory() {
    static auto* const memory = new EventMemory;
    return *memory;
}

void* allocate(std::size_t size) {
    void* const small = event_memory().take(size);
    return small != nullptr ? small : std::malloc(size);
}

void release(void* block) {
    if (event_memory().holds(block)) {
        event_memory().give_back(block);
    } else {
        std::free(block);
    }
}

void* resize(void* block, std::size_t size) {
    if (block == nullptr) return allocate(size);
    if (!event_memory().holds(block)) return std::realloc(block, size);
    const std::size_t had = event_memory().size_of(block);
    if (size <= had) return block;
    void* const larger = allocate(size);
    if (larger == nullptr) return nullptr;
    std::memcpy(larger, block, std::min(had, size));
    event_memory().give_back(block);
    return larger;
}

}  // namespace

void use_event_memory() {
    static const bool is_used = [] {
        event_set_mem_functions(allocate, resize, release);
        return true;
    }();
    static_cast<void>(is_used);
}

}  // namespace core
