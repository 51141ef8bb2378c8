#pragma once
// Remembers which trouble the log has named, so that a finding of every check is one line and not
// one for each check. Pure; any one thread.

#include <map>
#include <string>
#include <vector>

namespace proxy {

class ToldOnce {
public:
    /// `words` are what is true now of `subject` (a domain); empty: nothing to say. True if they
    /// have to be said: they differ from before, and no other subject has them already.
    bool is_news(const std::string& subject, const std::string& words);

    /// There are no other subjects than these any more.
    void keep_only(const std::vector<std::string>& subjects);

    /// What is true of some subject; empty if there is nothing to tell of any.
    std::string any() const { return now_.empty() ? std::string() : now_.begin()->second; }

private:
    std::map<std::string, std::string> now_;  // words by subject, none of them empty
};

}  // namespace proxy
