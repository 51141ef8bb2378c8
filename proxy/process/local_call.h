#pragma once
// A call of a verb that needs no running process, as the room that carries it out sees it. Main
// thread only.

#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "conf/problem.h"
#include "proxy/admin/verb_table.h"
#include "proxy/process/command_handlers.h"

namespace proxy {

struct LocalCall {
    const CommandHandlers& handlers;
    std::ostream& out;
    std::ostream& err;
    const VerbCall& words;

    bool is_json() const { return words.has("--json"); }
    /// Says what is wrong with the words of the call, and how to go on; the exit code.
    int refuse(const UsageProblem& problem) const;
    /// It cannot be carried out: says why; gives `code`.
    int fail(const std::string& why, int code) const;
    /// The configuration cannot be used: says why on `err`, with places; the exit code.
    int refuse(const std::vector<conf::Problem>& problems, const std::string& file) const;
};

/// Errors and warnings among findings.
struct Tally {
    std::size_t errors = 0;
    std::size_t warnings = 0;
};
Tally tally(const std::vector<conf::Problem>& problems);
/// "2 errors, 1 warning"
std::string summary(const Tally& found);

}  // namespace proxy
