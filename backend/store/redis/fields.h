#pragma once
// How several byte strings become one value in Redis: "5:hello", one behind the other. Written and
// read here and in the scripts (store/redis/scripts), so it is text, and any byte may be in a
// field. Pure; any thread.

#include <charconv>
#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace backend {

class FieldWriter {
public:
    FieldWriter& add(std::string_view field) {
        out_ += std::to_string(field.size());
        out_ += ':';
        out_ += field;
        return *this;
    }
    template <std::integral Number>
    FieldWriter& add(Number number) {
        return add(std::string_view(std::to_string(number)));
    }
    std::string take() { return std::move(out_); }

private:
    std::string out_;
};

/// Reads what a FieldWriter wrote. After the first field that is not as it should be nothing more
/// is read, and `is_broken` holds.
class FieldReader {
public:
    /// `bytes` must live as long as the reader.
    explicit FieldReader(std::string_view bytes) : rest_(bytes) {}

    bool at_end() const noexcept { return rest_.empty(); }
    bool is_broken() const noexcept { return is_broken_; }

    /// The next field, empty if there is none; points into the bytes given.
    std::string_view text() {
        std::size_t size = 0;
        const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), size);
        const auto digits = static_cast<std::size_t>(end - rest_.data());
        if (error != std::errc{} || digits >= rest_.size() || *end != ':' ||
            size > rest_.size() - digits - 1) {
            return refuse();
        }
        const std::string_view field = rest_.substr(digits + 1, size);
        rest_.remove_prefix(digits + 1 + size);
        return field;
    }

    template <std::integral Number>
    Number number() {
        const std::string_view field = text();
        Number value{};
        const auto [end, error] = std::from_chars(field.data(), field.data() + field.size(), value);
        if (field.empty() || error != std::errc{} || end != field.data() + field.size()) refuse();
        return is_broken_ ? Number{} : value;
    }
    bool flag() { return number<int>() != 0; }

private:
    std::string_view refuse() {
        is_broken_ = true;
        rest_ = {};
        return {};
    }

    std::string_view rest_;
    bool is_broken_ = false;
};

}  // namespace backend
