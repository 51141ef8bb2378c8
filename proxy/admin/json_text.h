#pragma once
// Writes JSON, value by value. Strings go through core::json_quoted, so no byte of a name can
// break out. Pure; any thread.

#include <concepts>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace proxy {

/// `{"name":"a","sessions":12}` in the making, members in the order of the calls.
class JsonObject {
public:
    JsonObject& text(std::string_view key, std::string_view value);
    /// Null when empty.
    JsonObject& text_or_null(std::string_view key, std::string_view value);
    JsonObject& flag(std::string_view key, bool value);
    template <std::integral T>
    JsonObject& number(std::string_view key, T value) {
        return raw(key, std::to_string(value));
    }
    template <std::integral T>
    JsonObject& number_or_null(std::string_view key, std::optional<T> value) {
        return raw(key, value ? std::to_string(*value) : "null");
    }
    /// `value` is JSON already.
    JsonObject& raw(std::string_view key, std::string_view value);

    std::string done() const { return '{' + members_ + '}'; }

private:
    std::string members_;
};

/// `items` are JSON already.
std::string json_array(const std::vector<std::string>& items);
std::string json_texts(const std::vector<std::string>& texts);

}  // namespace proxy
