#include "proxy/checks/told_once.h"

#include <algorithm>
#include <utility>

namespace proxy {

bool ToldOnce::is_news(const std::string& subject, const std::string& words) {
    if (words.empty()) {
        now_.erase(subject);
        return false;
    }
    const bool is_known = std::any_of(now_.begin(), now_.end(),
                                      [&](const auto& each) { return each.second == words; });
    now_[subject] = words;
    return !is_known;
}

void ToldOnce::keep_only(const std::vector<std::string>& subjects) {
    std::map<std::string, std::string> kept;
    for (const std::string& subject : subjects)
        if (const auto at = now_.find(subject); at != now_.end()) kept.insert(now_.extract(at));
    now_ = std::move(kept);
}

}  // namespace proxy
