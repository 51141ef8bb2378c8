// One table per quantity serves reading and writing.

#include "conf/units.h"

#include <array>
#include <limits>
#include <span>

namespace conf {
namespace {

struct ExactUnit {
    std::string_view name;
    std::uint64_t factor;
};

// Largest first: the writer takes the first that divides the value.
constexpr std::array<ExactUnit, 5> kTimeUnits{
    {{"d", 86'400'000}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1'000}, {"ms", 1}}};
constexpr std::array<ExactUnit, 7> kSizeUnits{{{"GiB", 1ULL << 30},
                                               {"MiB", 1ULL << 20},
                                               {"KiB", 1ULL << 10},
                                               {"GB", 1'000'000'000},
                                               {"MB", 1'000'000},
                                               {"KB", 1'000},
                                               {"B", 1}}};
constexpr std::uint64_t kLargest = std::numeric_limits<std::int64_t>::max();

std::optional<std::uint64_t> parse(std::string_view text, std::span<const ExactUnit> units) {
    const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
    if (digits == 0) return std::nullopt;
    std::uint64_t number = 0;
    for (const char digit : text.substr(0, digits)) {
        const auto value = static_cast<std::uint64_t>(digit - '0');
        number = number > (kLargest - value) / 10 ? kLargest : number * 10 + value;
    }
    for (const ExactUnit& unit : units) {
        if (unit.name == text.substr(digits)) {
            return number > kLargest / unit.factor ? kLargest : number * unit.factor;
        }
    }
    return std::nullopt;
}

std::string write(std::uint64_t value, std::span<const ExactUnit> units) {
    for (const ExactUnit& unit : units) {
        if (value != 0 && value % unit.factor == 0) {
            return std::to_string(value / unit.factor) + std::string(unit.name);
        }
    }
    return "0" + std::string(units.back().name);
}

}  // namespace

std::optional<std::chrono::milliseconds> parse_time(std::string_view text) {
    const auto value = parse(text, kTimeUnits);
    if (!value) return std::nullopt;
    return std::chrono::milliseconds(static_cast<std::int64_t>(*value));
}

std::optional<std::uint64_t> parse_size(std::string_view text) {
    return parse(text, kSizeUnits);
}

std::string time_text(std::chrono::milliseconds time) {
    if (time.count() == 0) return "0s";
    return write(static_cast<std::uint64_t>(time.count()), kTimeUnits);
}

std::string size_text(std::uint64_t bytes) {
    return write(bytes, kSizeUnits);
}

}  // namespace conf
