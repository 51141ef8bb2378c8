#pragma once
// Configurations as text, loaded: their values, or their problems in a form that tests can compare.

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "conf/load.h"

namespace conf::test {

// The parts of a file. What stands behind kHead begins on line 6, behind kDomain on line 8.
inline const std::string kHead = R"(version = 1
[tls]
cert_dir = "certs"
[[listen]]
address = "127.0.0.1:5222"
)";
inline const std::string kDomain = R"([domain."example.org"]
pool = "main"
)";
inline const std::string kBackend = R"([[pool.main.backend]]
name = "a"
address = "127.0.0.1:15222"
)";
inline const std::string kNamelessBackend = R"([[pool.main.backend]]
address = "127.0.0.1:15222"
)";

// Nothing that could be left out.
inline const std::string kSmallest = kHead + kDomain + kNamelessBackend;

inline Config loaded(const std::string& text) {
    const Examined examined = examine_text(text, "/etc/stanzagate/stanzagate.toml");
    if (!examined.has_errors()) return examined.config;
    for (const Problem& problem : examined.problems) ADD_FAILURE() << problem.to_string();
    return {};
}

/// Summaries without the file's name, one a line: "14:1: error: ...".
inline std::string shown(const std::vector<Problem>& problems) {
    std::string text;
    for (const Problem& problem : problems)
        text += problem.summary().substr(problem.file.string().size() + 1) + '\n';
    return text;
}

inline std::string problems(const std::string& text) {
    return shown(examine_text(text, "f").problems);
}

/// The problems of a file whose pool is this (its first line is line 8).
inline std::string pool_problems(const std::string& pool) {
    return problems(kHead + kDomain + pool);
}

/// `text` with `from` replaced by `to`.
inline std::string replaced(std::string text, const std::string& from, const std::string& to) {
    const std::size_t at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    if (at != std::string::npos) text.replace(at, from.size(), to);
    return text;
}

/// The problems of kSmallest with `from` replaced by `to`.
inline std::string changed(const std::string& from, const std::string& to) {
    return problems(replaced(kSmallest, from, to));
}

/// The problems of kSmallest with `more` behind it (its first line is line 10).
inline std::string with(const std::string& more) {
    return problems(kSmallest + more);
}

}  // namespace conf::test
