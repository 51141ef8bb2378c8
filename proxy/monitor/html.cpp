#include "proxy/monitor/html.h"

#include <fmt/format.h>

#include <algorithm>

#include "conf/terminal_text.h"

namespace proxy {

namespace {

constexpr double kWidth = 360;
constexpr double kHeight = 60;

/// "12", "3.4".
std::string number_text(double value) {
    return value >= 10 || value == static_cast<double>(static_cast<long long>(value))
               ? fmt::format("{:.0f}", value)
               : fmt::format("{:.1f}", value);
}

}  // namespace

std::string html_text(std::string_view text) {
    std::string out;
    for (const char each : conf::printable(text)) {
        switch (each) {
            case '&': out += "&amp;"; break;
            case '<': out += "&lt;"; break;
            case '>': out += "&gt;"; break;
            case '"': out += "&quot;"; break;
            case '\'': out += "&#39;"; break;
            default: out += each;
        }
    }
    return out;
}

std::string html_curve(std::string_view what, std::string_view unit, std::span<const double> values,
                       std::size_t places) {
    const double last = values.empty() ? 0 : values.back();
    const double largest = values.empty() ? 0 : *std::max_element(values.begin(), values.end());
    const std::string words = fmt::format("{}: {}{} now, at most {}{}", what, number_text(last),
                                          unit, number_text(largest), unit);
    std::string points;
    const double step = places > 1 ? kWidth / static_cast<double>(places - 1) : 0;
    double x = kWidth - step * static_cast<double>(values.empty() ? 0 : values.size() - 1);
    for (const double value : values) {
        const double y = largest > 0 ? kHeight - 2 - value / largest * (kHeight - 4) : kHeight - 2;
        points += fmt::format("{:.1f},{:.1f} ", x, y);
        x += step;
    }
    const std::string shown = html_text(words);
    return fmt::format(
        "<figure><figcaption>{0}</figcaption><svg viewBox=\"0 0 {1} {2}\" role=\"img\" "
        "aria-label=\"{0}\" preserveAspectRatio=\"none\"><polyline "
        "points=\"{3}\"/></svg></figure>\n",
        shown, kWidth, kHeight, points);
}

}  // namespace proxy
