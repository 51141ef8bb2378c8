#pragma once
// Distinct types over one value, and secrets that no log accepts. Standard library only.

#include <compare>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

namespace core {

/// A T with a name of its own: explicit to make, comparable with its like, never swapped by
/// mistake.
template <class Tag, class T>
class Strong {
public:
    Strong() = default;
    explicit Strong(T value) : value_(std::move(value)) {}
    const T& get() const noexcept { return value_; }
    friend auto operator<=>(const Strong&, const Strong&) = default;

private:
    T value_{};
};

/// Bytes that must never reach a log, a metric or an error text: passwords, SASL data, SM ids,
/// sids, keys. There is no conversion to text; `reveal()` is easy to find in a review. The bytes
/// are wiped when the owner dies.
template <class Tag>
class Secret {
public:
    Secret() = default;
    explicit Secret(std::string bytes) : bytes_(std::move(bytes)) {}
    Secret(const Secret&) = default;
    Secret(Secret&& other) noexcept : bytes_(std::move(other.bytes_)) { other.wipe(); }
    Secret& operator=(Secret other) noexcept {
        bytes_.swap(other.bytes_);
        return *this;
    }
    ~Secret() { wipe(); }

    /// The bytes, valid while this object lives and is not assigned to.
    std::string_view reveal() const noexcept { return bytes_; }
    bool empty() const noexcept { return bytes_.empty(); }
    friend auto operator<=>(const Secret&, const Secret&) = default;

private:
    void wipe() noexcept {
        // To the end of the buffer, for a move leaves the bytes of a short string behind; by a
        // volatile walk, so that the compiler cannot drop the writes as dead.
        bytes_.resize(bytes_.capacity());
        volatile char* at = bytes_.data();
        for (std::size_t i = 0; i < bytes_.size(); ++i) at[i] = 0;
        bytes_.clear();
    }

    std::string bytes_;
};

}  // namespace core

template <class Tag, class T>
struct std::hash<core::Strong<Tag, T>> {
    std::size_t operator()(const core::Strong<Tag, T>& key) const noexcept {
        return std::hash<T>{}(key.get());
    }
};
