#pragma once
// The one carrier of a value or an error. Member names follow std::expected, so that an alias can
// replace it once the baseline compiler has one. Standard library only; any thread.

#include <cassert>
#include <type_traits>
#include <utility>
#include <variant>

namespace core {

/// Wraps an error on its way into a Result: `return fail(ParseError{...});`
template <class E>
struct Failure {
    E error;
};

template <class E>
[[nodiscard]] Failure<std::decay_t<E>> fail(E&& error) {
    return {std::forward<E>(error)};
}

/// A T or the reason why there is none. Reading the side that is not there is a programmer's error.
template <class T, class E>
class [[nodiscard]] Result {
public:
    Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
    template <class F>
    Result(Failure<F> failure) : state_(std::in_place_index<1>, std::move(failure.error)) {}

    bool has_value() const noexcept { return state_.index() == 0; }
    explicit operator bool() const noexcept { return has_value(); }

    T& value() & { return *checked<0>(); }
    const T& value() const& { return *checked<0>(); }
    T&& value() && { return std::move(*checked<0>()); }
    T& operator*() & { return value(); }
    const T& operator*() const& { return value(); }
    T&& operator*() && { return std::move(*this).value(); }
    T* operator->() { return &value(); }
    const T* operator->() const { return &value(); }

    const E& error() const& { return *checked<1>(); }
    E&& error() && { return std::move(*checked<1>()); }

private:
    template <std::size_t I>
    auto* checked() {
        auto* side = std::get_if<I>(&state_);
        assert(side != nullptr);
        return side;
    }
    template <std::size_t I>
    const auto* checked() const {
        const auto* side = std::get_if<I>(&state_);
        assert(side != nullptr);
        return side;
    }

    std::variant<T, E> state_;
};

/// Success without a value, or an error.
template <class E>
class [[nodiscard]] Result<void, E> {
public:
    Result() = default;
    template <class F>
    Result(Failure<F> failure) : state_(std::in_place_index<1>, std::move(failure.error)) {}

    bool has_value() const noexcept { return state_.index() == 0; }
    explicit operator bool() const noexcept { return has_value(); }
    const E& error() const& {
        assert(!has_value());
        return *std::get_if<1>(&state_);
    }

private:
    std::variant<std::monostate, E> state_;
};

}  // namespace core
