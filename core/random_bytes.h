#pragma once
// Bytes that nobody can predict, for keys, salts and names. They come from OpenSSL's generator.
// Without them nothing is safe, so a failure of the generator throws std::runtime_error. Any
// thread.

#include <cstddef>
#include <span>
#include <string>
#include <type_traits>

namespace core {

std::string random_bytes(std::size_t count);

void fill_with_random(std::span<std::byte> bytes);

/// For numbers, and structures of numbers: any of their values, each as likely.
template <class Value>
Value random_value() {
    static_assert(std::has_unique_object_representations_v<Value>);
    Value value;
    fill_with_random(std::as_writable_bytes(std::span(&value, 1)));
    return value;
}

}  // namespace core
