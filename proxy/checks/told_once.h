#pragma once
// Remembers which trouble has been told, so that what each check finds anew is one line in the log
// and not one for each. Pure; any one thread.

#include <map>
#include <string>
#include <vector>

namespace proxy {

class ToldOnce {
public:
    /// `words` are what is true now of `subject` (a domain), empty for nothing to tell. True if
    /// they have to be told: they are others than before, and no other subject has them already.
    bool is_news(const std::string& subject, const std::string& words);

    /// There are no other subjects than these any more.
    void keep_only(const std::vector<std::string>& subjects);

    /// What is true of some subject; empty if there is nothing to tell of any.
    std::string any() const { return now_.empty() ? std::string() : now_.begin()->second; }

private:
    std::map<std::string, std::string> now_;  // words by subject, none of them empty
};

}  // namespace proxy
