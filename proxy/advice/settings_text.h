#pragma once
// The text of a server's settings in the making, with comments of its language. Pure; any thread.

#include <string>
#include <string_view>

namespace proxy {

class SettingsText {
public:
    /// `mark` begins a comment: "--", "#".
    explicit SettingsText(std::string_view mark) : mark_(mark) {}

    /// A setting, with the reason behind it.
    SettingsText& line(std::string_view setting, std::string_view why = {});
    /// A comment of its own, in lines of at most 80 columns.
    SettingsText& note(std::string_view words);
    SettingsText& blank();
    std::string text() const { return text_; }

private:
    std::string_view mark_;
    std::string text_;
};

}  // namespace proxy
