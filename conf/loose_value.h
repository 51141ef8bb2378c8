#pragma once
// A value that TOML does not take although it is clear where it begins and ends: `tls = direct`,
// `weight = 100;`, `login = 30s`. It is kept as it was written. The reader of its key knows what
// belongs there, and says what to write. Pure; any thread.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "conf/findings.h"
#include "conf/toml_node.h"

namespace conf {

class LooseValues {
public:
    /// Puts a text in quotes in the place of the value that cannot be read at `at`, so that the
    /// text can be read around it; every other place stays. False when none stands there, or
    /// something else is wrong.
    bool replace(std::string& text, std::size_t at);

    /// Makes the nodes of what was replaced loose (TomlNode::Kind::loose), with what was written.
    void restore(TomlNode& root) const;

private:
    struct Replaced {
        std::size_t at;  // of the text in its place
        Span place;
        std::string written;
    };

    std::vector<Replaced> replaced_;
};

}  // namespace conf
