#pragma once
// Configurations as text, loaded: their values, or their problems in a form that tests can compare.

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "conf/load.h"

namespace conf::test {

// Nothing that could be left out.
inline const std::string kSmallest = R"(version = 1
[tls]
cert_dir = "certs"
[[listen]]
address = "127.0.0.1:5222"
[domain."example.org"]
pool = "main"
[[pool.main.backend]]
address = "127.0.0.1:15222"
)";

inline Config loaded(const std::string& text) {
    auto result = load_text(text, "/etc/stanzagate/stanzagate.toml");
    if (!result) {
        for (const Problem& problem : result.error()) ADD_FAILURE() << problem.to_string();
        return {};
    }
    return std::move(result).value();
}

/// Summaries without the file's name: "14:1: error: ...".
inline std::vector<std::string> problems(const std::string& text) {
    std::vector<std::string> all;
    for (const Problem& problem : examine_text(text, "f").problems)
        all.push_back(problem.summary().substr(2));
    return all;
}

inline std::string joined(const std::vector<std::string>& lines) {
    std::string text;
    for (const std::string& line : lines) text += line + '\n';
    return text;
}

/// The problems of kSmallest with `from` replaced by `to`.
inline std::string changed(const std::string& from, const std::string& to) {
    std::string text = kSmallest;
    const std::size_t at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    return joined(problems(text.replace(at, from.size(), to)));
}

/// The problems of kSmallest with `more` behind it (its first line is line 10).
inline std::string with(const std::string& more) {
    return joined(problems(kSmallest + more));
}

}  // namespace conf::test
