#include "http/date.h"

#include <cstdio>

namespace http {
namespace {

constexpr std::array<const char*, 7> kDays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array<const char*, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                              "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

}  // namespace

std::string_view DateText::at(std::time_t now) {
    if (now != second_) {
        std::tm utc{};
        gmtime_r(&now, &utc);
        // The names are English whatever the locale, so strftime is not asked.
        std::snprintf(text_.data(), text_.size(), "%s, %02d %s %04d %02d:%02d:%02d GMT",
                      kDays[static_cast<std::size_t>(utc.tm_wday)], utc.tm_mday % 100,
                      kMonths[static_cast<std::size_t>(utc.tm_mon)], (utc.tm_year + 1900) % 10000,
                      utc.tm_hour % 100, utc.tm_min % 100, utc.tm_sec % 100);
        second_ = now;
    }
    return {text_.data(), kBytes};
}

}  // namespace http
