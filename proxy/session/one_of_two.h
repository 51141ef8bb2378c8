#pragma once
// Owns one of two kinds of objects, or none, in the room of one pointer: for what takes the place
// of something that is over by then. It reads like a pointer to the first kind.

#include <cstdint>
#include <memory>

namespace proxy {

template <class First, class Second>
class OneOfTwo {
public:
    OneOfTwo() = default;
    OneOfTwo(const OneOfTwo&) = delete;
    OneOfTwo& operator=(const OneOfTwo&) = delete;
    ~OneOfTwo() { reset(); }

    OneOfTwo& operator=(std::unique_ptr<First> first) {
        reset();
        held_ = reinterpret_cast<std::uintptr_t>(first.release());
        return *this;
    }
    void set_second(std::unique_ptr<Second> second) {
        reset();
        if (second) held_ = reinterpret_cast<std::uintptr_t>(second.release()) | kIsSecond;
    }
    void reset() {
        static_assert(alignof(First) > kIsSecond && alignof(Second) > kIsSecond);
        const auto held = held_;
        held_ = 0;
        if ((held & kIsSecond) != 0) {
            delete reinterpret_cast<Second*>(held & ~kIsSecond);
        } else {
            delete reinterpret_cast<First*>(held);
        }
    }

    /// Whether the first is there.
    explicit operator bool() const { return held_ != 0 && (held_ & kIsSecond) == 0; }
    First* operator->() const { return reinterpret_cast<First*>(held_); }
    First& operator*() const { return *operator->(); }
    /// Null without one.
    Second* second() const {
        return (held_ & kIsSecond) != 0 ? reinterpret_cast<Second*>(held_ & ~kIsSecond) : nullptr;
    }

private:
    static constexpr std::uintptr_t kIsSecond = 1;  // no object begins at an odd address
    std::uintptr_t held_ = 0;
};

}  // namespace proxy
