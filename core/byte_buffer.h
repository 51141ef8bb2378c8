#pragma once
// Bytes that wait: a queue in one contiguous heap block that is given back when the queue runs
// empty, so that an idle owner pays three words. Standard library only; one thread.
//
//      data_            begin_               end_            capacity_
//        |  consumed      |   what waits       |   room          |

#include <cassert>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>

namespace core {

class ByteBuffer {
public:
    bool empty() const noexcept { return begin_ == end_; }
    std::size_t size() const noexcept { return end_ - begin_; }
    /// What waits; valid until the next non-const call.
    std::string_view view() const noexcept { return {data_.get() + begin_, size()}; }

    /// Room for `bytes` more behind what waits; valid until the next call. Written with commit().
    char* prepare(std::size_t bytes) {
        if (capacity_ - end_ < bytes) make_room(bytes);
        return data_.get() + end_;
    }
    /// `bytes` of the prepared room have been written.
    void commit(std::size_t bytes) noexcept {
        assert(bytes <= capacity_ - end_);
        end_ += static_cast<std::uint32_t>(bytes);
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
        begin_ += static_cast<std::uint32_t>(bytes);
        if (empty()) release();
    }
    void release() noexcept {
        data_.reset();
        begin_ = end_ = capacity_ = 0;
    }

private:
    void make_room(std::size_t bytes) {
        const std::size_t waiting = size();
        assert(waiting + bytes <= UINT32_MAX);
        // Moving to the front is enough when at least half of the block has been consumed: then
        // each byte is moved at most once per byte consumed.
        if (capacity_ >= waiting + bytes && begin_ >= waiting) {
            std::memmove(data_.get(), data_.get() + begin_, waiting);
        } else {
            const std::size_t wanted = waiting + bytes;
            const std::size_t grown = waiting + waiting / 2;
            const std::size_t capacity = wanted > grown ? wanted : grown;
            auto bigger = std::make_unique_for_overwrite<char[]>(capacity);
            if (waiting != 0) std::memcpy(bigger.get(), data_.get() + begin_, waiting);
            data_ = std::move(bigger);
            capacity_ = static_cast<std::uint32_t>(capacity);
        }
        begin_ = 0;
        end_ = static_cast<std::uint32_t>(waiting);
    }

    std::unique_ptr<char[]> data_;
    std::uint32_t begin_ = 0;
    std::uint32_t end_ = 0;
    std::uint32_t capacity_ = 0;
};

}  // namespace core
