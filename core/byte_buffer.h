#pragma once
// Bytes that wait: a queue in one contiguous heap block that is given back when the queue runs
// empty, so that an idle owner pays one word. Standard library only; one thread.
//
//      bytes()        begin            end            capacity
//        |  consumed    |  what waits    |   room       |

#include <cassert>
#include <cstdint>
#include <cstring>
#include <memory>
#include <new>
#include <string_view>
#include <utility>

namespace core {

class ByteBuffer {
public:
    bool empty() const noexcept { return size() == 0; }
    std::size_t size() const noexcept { return block_ ? block_->end - block_->begin : 0; }
    /// What waits; valid until the next non-const call.
    std::string_view view() const noexcept {
        return block_ ? std::string_view(block_->bytes() + block_->begin, size())
                      : std::string_view();
    }

    /// Room for `bytes` more behind what waits; valid until the next call. Written with commit().
    char* prepare(std::size_t bytes) {
        if (!block_ || block_->capacity - block_->end < bytes) make_room(bytes);
        return block_->bytes() + block_->end;
    }
    /// `bytes` of the prepared room have been written.
    void commit(std::size_t bytes) noexcept {
        assert(block_ && bytes <= block_->capacity - block_->end);
        block_->end += static_cast<std::uint32_t>(bytes);
        if (empty()) release();
    }
    void append(std::string_view bytes) {
        if (bytes.empty()) return;
        std::memcpy(prepare(bytes.size()), bytes.data(), bytes.size());
        commit(bytes.size());
    }
    /// The first `bytes` are done with.
    void consume(std::size_t bytes) noexcept {
        assert(bytes <= size());
        if (bytes == 0) return;
        block_->begin += static_cast<std::uint32_t>(bytes);
        if (empty()) release();
    }
    void release() noexcept { block_.reset(); }

private:
    /// Its bytes lie behind it in the same allocation.
    struct Block {
        std::uint32_t begin = 0;
        std::uint32_t end = 0;
        std::uint32_t capacity;

        char* bytes() noexcept { return reinterpret_cast<char*>(this + 1); }
    };
    struct Free {
        void operator()(Block* block) const noexcept { ::operator delete(block); }
    };
    using BlockPtr = std::unique_ptr<Block, Free>;

    static BlockPtr make_block(std::size_t capacity) {
        void* memory = ::operator new(sizeof(Block) + capacity);
        return BlockPtr(new (memory) Block{.capacity = static_cast<std::uint32_t>(capacity)});
    }
    void make_room(std::size_t bytes) {
        const std::size_t waiting = size();
        assert(waiting + bytes <= UINT32_MAX);
        // Moving to the front is enough when at least half of the block has been consumed: then
        // each byte is moved at most once per byte consumed.
        if (block_ && block_->capacity >= waiting + bytes && block_->begin >= waiting) {
            std::memmove(block_->bytes(), block_->bytes() + block_->begin, waiting);
        } else {
            const std::size_t wanted = waiting + bytes;
            const std::size_t grown = waiting + waiting / 2;
            BlockPtr bigger = make_block(wanted > grown ? wanted : grown);
            if (waiting != 0) std::memcpy(bigger->bytes(), view().data(), waiting);
            block_ = std::move(bigger);
        }
        block_->begin = 0;
        block_->end = static_cast<std::uint32_t>(waiting);
    }

    BlockPtr block_;  // null: nothing waits
};

}  // namespace core
