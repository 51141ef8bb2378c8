#pragma once
// The fields of a head, in order, as views into the head's text, which they own: kept once, and
// moved without being copied. Values; any thread.

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace http {

struct HeadField {
    std::string_view name;   // as it came
    std::string_view value;  // without outer blanks

    friend bool operator==(const HeadField&, const HeadField&) = default;
};

/// A place in a head's text; heads are shorter than 64 KiB.
struct TextSpan {
    std::uint16_t at = 0;
    std::uint16_t size = 0;

    std::string_view of(std::string_view text) const { return text.substr(at, size); }
    /// `part` must lie in `text`.
    static TextSpan in(std::string_view text, std::string_view part) {
        assert(part.data() >= text.data() &&
               part.data() + part.size() <= text.data() + text.size());
        return {static_cast<std::uint16_t>(part.data() - text.data()),
                static_cast<std::uint16_t>(part.size())};
    }
};

/// Views that it gives are valid until it is moved, assigned to or destroyed.
class HeadFields {
public:
    struct Spans {
        TextSpan name;
        TextSpan value;
    };
    class Iterator {
    public:
        using difference_type = std::ptrdiff_t;
        using value_type = HeadField;

        Iterator() = default;
        Iterator(const HeadFields& fields, std::size_t at) : fields_(&fields), at_(at) {}
        HeadField operator*() const { return (*fields_)[at_]; }
        Iterator& operator++() {
            ++at_;
            return *this;
        }
        Iterator operator++(int) { return {*fields_, at_++}; }
        friend bool operator==(const Iterator&, const Iterator&) = default;

    private:
        const HeadFields* fields_ = nullptr;
        std::size_t at_ = 0;
    };

    HeadFields() = default;
    /// `spans` are places in `text`, the whole head.
    HeadFields(std::string text, std::vector<Spans> spans)
        : text_(std::move(text)), spans_(std::move(spans)) {}

    std::size_t size() const { return spans_.size(); }
    HeadField operator[](std::size_t at) const {
        return {spans_[at].name.of(text_), spans_[at].value.of(text_)};
    }
    Iterator begin() const { return {*this, 0}; }
    Iterator end() const { return {*this, size()}; }

    /// How many fields of that name there are, in any case.
    std::size_t count(std::string_view name) const;
    /// The value of the first field of that name.
    std::optional<std::string_view> find(std::string_view name) const;
    /// The value of the only field of that name; nullopt when there is none or several.
    std::optional<std::string_view> only(std::string_view name) const;
    /// Does one of the lists in the fields of that name hold `token`, in any case?
    bool has_in_list(std::string_view name, std::string_view token) const;

    /// The whole head, start line and empty line included.
    std::string_view text() const { return text_; }

private:
    std::string text_;
    std::vector<Spans> spans_;
};

}  // namespace http
