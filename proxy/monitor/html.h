#pragma once
// HTML and its curves, so that no byte of a name can break out. Pure; any thread.

#include <span>
#include <string>
#include <string_view>

namespace proxy {

/// As text and as the value of an attribute in double quotes.
std::string html_text(std::string_view text);

/// An inline SVG: the values from left to right over `places` places (the newest at the right
/// edge), from 0 to the largest; with what it shows and the last and largest value as text.
/// `unit` stands behind them: "/s", " ms".
std::string html_curve(std::string_view what, std::string_view unit, std::span<const double> values,
                       std::size_t places);

}  // namespace proxy
