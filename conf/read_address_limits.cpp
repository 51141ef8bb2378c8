#include "conf/read_address_limits.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>
#include <string_view>

#include "conf/common_tables.h"
#include "conf/table_reader.h"
#include "conf/units.h"

namespace conf {
namespace {

using namespace std::chrono_literals;

constexpr std::int64_t kCountMost = 10'000'000;
constexpr std::chrono::milliseconds kWindowLeast = 1s;
constexpr std::chrono::milliseconds kWindowMost = 24h;
constexpr std::string_view kLoginsExample = "20 in 10m";

struct CountInTime {
    std::int64_t count = 0;
    std::chrono::milliseconds window{};
};

std::string_view next_word(std::string_view& text) {
    text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
    const std::string_view word = text.substr(0, text.find(' '));
    text.remove_prefix(word.size());
    return word;
}

std::optional<std::int64_t> count_of(std::string_view digits) {
    std::int64_t count = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), count);
    if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
    return count;
}

/// "20 in 10m"
std::optional<CountInTime> parse_count_in_time(std::string_view text) {
    const auto count = count_of(next_word(text));
    const bool has_in = next_word(text) == "in";
    const auto window = parse_time(next_word(text));
    if (!count || !has_in || !window || !next_word(text).empty()) return std::nullopt;
    return CountInTime{*count, *window};
}

std::string shown_count(CountInTime value) {
    return fmt::format("{} in {}", value.count, time_text(value.window));
}

/// What "20/10m", "20 per 10 min" and "20 within 600s" mean.
std::optional<CountInTime> meant_count_in_time(std::string_view text) {
    constexpr std::string_view kCountDigits = "0123456789";
    const std::size_t first = text.find_first_of(kCountDigits);
    if (first == std::string_view::npos) return std::nullopt;
    text.remove_prefix(first);
    const std::string_view digits = text.substr(0, text.find_first_not_of(kCountDigits));
    const auto count = count_of(digits);
    text.remove_prefix(digits.size());
    const std::size_t second = std::min(text.find_first_of(kCountDigits), text.size());
    text.remove_prefix(second);
    const std::string_view number = text.substr(0, text.find_first_not_of(kCountDigits));
    text.remove_prefix(number.size());
    const std::string_view unit = next_word(text);
    if (!count || number.empty() || unit.empty() || unit.find_first_of(kCountDigits) != unit.npos)
        return std::nullopt;
    for (const std::string_view each : {"ms", "s", "m", "h", "d"}) {
        const bool is_this = each == "ms" ? unit == each : unit.starts_with(each) && unit != "ms";
        if (!is_this) continue;
        const auto window = parse_time(std::string(number) + std::string(each));
        if (window && *window >= kWindowLeast && *window <= kWindowMost)
            return CountInTime{*count, *window};
    }
    return std::nullopt;
}

void read_failed_logins(TableReader& reader, const TomlNode* node, AddressLimits& limits) {
    constexpr std::string_view kKey = "failed_logins";
    if (node != nullptr && node->kind == TomlNode::Kind::integer) {
        if (node->integer == 0) {
            limits.failed_logins = 0;
        } else if (node->integer < 0 || node->integer > kCountMost) {
            reader.error(*node, fmt::format("\"{}\" is out of range", kKey),
                         fmt::format("write {} = \"{}\"", kKey, kLoginsExample));
        } else {
            reader.error(*node, fmt::format("\"{}\" needs a time", kKey),
                         fmt::format("write {} = \"{} in 10m\"", kKey, node->integer));
        }
        (void)reader.find(kKey);
        return;
    }
    std::string written;
    if (!reader.text(kKey, kLoginsExample, written)) return;
    if (written.empty() || written == "0") {
        limits.failed_logins = 0;
        return;
    }
    const auto value = parse_count_in_time(written);
    if (!value) {
        const auto meant = meant_count_in_time(written);
        reader.error(
            *node, fmt::format("\"{}\" is no number in a time: {}", kKey, in_quotes(written)),
            fmt::format("write {} = {}{}", kKey,
                        in_quotes(meant ? shown_count(*meant) : std::string(kLoginsExample)),
                        meant ? "" : ", or \"\" for no limit"));
    } else if (value->count > kCountMost || value->window < kWindowLeast ||
               value->window > kWindowMost) {
        reader.error(*node, fmt::format("\"{}\" is out of range", kKey),
                     fmt::format("write 1 to {} logins in a time from \"{}\" to \"{}\"", kCountMost,
                                 time_text(kWindowLeast), time_text(kWindowMost)));
    } else {
        limits.failed_logins = static_cast<std::uint32_t>(value->count);
        limits.failed_window = value->window;
    }
}

}  // namespace

AddressLimits read_address_limits(const TomlNode& table, Findings& findings) {
    TableReader reader(table, "limits.address", "limits.address", findings);
    AddressLimits limits;
    std::uint32_t before_login = 0;
    if (reader.number("before_login", {0, kCountMost}, before_login))
        limits.before_login = before_login;
    reader.number("sessions", {0, kCountMost}, limits.sessions);
    reader.number("new_per_second", {0, kCountMost}, limits.new_per_second);
    read_failed_logins(reader, table.find("failed_logins"), limits);
    read_address_blocks(reader, "exempt", "10.0.0.0/8", limits.exempt);
    reader.finish();
    return limits;
}

std::string failed_logins_text(const AddressLimits& limits) {
    if (limits.failed_logins == 0) return {};
    return shown_count({limits.failed_logins, limits.failed_window});
}

}  // namespace conf
