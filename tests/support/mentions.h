#pragma once
// What a text shown to the operator speaks of.

#include <string_view>

namespace test {

inline bool mentions(std::string_view text, std::string_view part) {
    return text.find(part) != std::string_view::npos;
}

}  // namespace test
