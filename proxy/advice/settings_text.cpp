#include "proxy/advice/settings_text.h"

#include <algorithm>

namespace proxy {

namespace {

constexpr std::size_t kColumns = 80;
constexpr std::size_t kReasonColumn = 40;

}  // namespace

SettingsText& SettingsText::line(std::string_view setting, std::string_view why) {
    std::string line(setting);
    if (!why.empty()) {
        line.append(std::max<std::size_t>(2, kReasonColumn - std::min(kReasonColumn, line.size())),
                    ' ');
        line.append(mark_).append(" ").append(why);
    }
    if (line.size() > kColumns && !why.empty()) {
        note(why);
        line = setting;
    }
    text_.append(line).append("\n");
    return *this;
}

SettingsText& SettingsText::note(std::string_view words) {
    while (!words.empty()) {
        const std::size_t room = kColumns - mark_.size() - 1;
        std::size_t end = words.size();
        if (end > room) {
            end = words.rfind(' ', room);
            if (end == words.npos) end = std::min(words.size(), words.find(' ', room));
        }
        text_.append(mark_).append(" ").append(words.substr(0, end)).append("\n");
        words.remove_prefix(std::min(words.size(), end + 1));
    }
    return *this;
}

SettingsText& SettingsText::blank() {
    text_ += '\n';
    return *this;
}

}  // namespace proxy
