#pragma once
// The references of the configurations, which state each default in a line "#key = value".

#include <cstddef>
#include <fstream>
#include <iterator>
#include <string>
#include <utility>

namespace conf::test {

struct StatedDefaults {
    std::string text;       // with the marks taken away
    std::size_t count = 0;  // of defaults
};

inline std::string read_file(const std::string& path) {
    std::ifstream input(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(input), {}};
}

inline StatedDefaults state_defaults(std::string text) {
    std::size_t count = 0;
    for (std::size_t at = 0; (at = text.find("\n#", at)) != std::string::npos; ++at) {
        const std::size_t end = text.find('\n', at + 1);
        const std::string line = text.substr(at + 2, end - at - 2);
        const std::size_t key = line.find_first_not_of("abcdefghijklmnopqrstuvwxyz_");
        if (key == 0 || key == std::string::npos || line.compare(key, 3, " = ") != 0) continue;
        text.erase(at + 1, 1);
        ++count;
    }
    return {std::move(text), count};
}

}  // namespace conf::test
