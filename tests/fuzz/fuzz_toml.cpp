// Bytes to configuration: never a crash, and every problem has a place in the text, a sentence and
// a drawing.

#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "conf/load.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    std::vector<std::size_t> line_sizes{
        0};  // of the text itself: what a problem shows of it is cleaned
    for (const char byte : text) {
        if (byte == '\n') {
            line_sizes.push_back(0);
        } else {
            ++line_sizes.back();
        }
    }

    const conf::Examined examined = conf::examine_text(text, "fuzz.toml");
    for (const conf::Problem& problem : examined.problems) {
        const bool has_place = problem.line >= 1 && problem.line <= line_sizes.size() &&
                               problem.column >= 1 &&
                               problem.column <= line_sizes[problem.line - 1] + 1;
        if (!has_place || problem.what.empty() || problem.to_string().empty()) std::abort();
    }
    // What is accepted can serve: something to listen on, for someone, with somewhere to go.
    if (!examined.has_errors()) {
        const conf::Config& config = examined.config;
        if (config.listen.empty() || config.domains.empty() || config.pools.empty()) std::abort();
        for (const conf::Pool& pool : config.pools) {
            if (pool.backends.empty()) std::abort();
            for (const conf::Backend& backend : pool.backends) {
                if (backend.host.empty() == backend.srv.empty()) std::abort();
            }
        }
    }
    return 0;
}
