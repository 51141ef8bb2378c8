#pragma once
// What `stanzagate` can be told to do: one table of verbs, from which help, mistyped-verb hints and
// (later) completion are made. It knows the configuration and nothing of the proxy: what runs is
// handed in by main. Main thread only.

#include <functional>
#include <ostream>
#include <string>
#include <vector>

#include "conf/config.h"

namespace proxy {

/// Exit codes: `check` says kFailed for errors and kWarnings for warnings alone.
inline constexpr int kFine = 0;
inline constexpr int kFailed = 1;
inline constexpr int kUsage = 2;
inline constexpr int kWarnings = 2;

/// What the verbs need from main.
struct CommandHandlers {
    /// Serves until it is told to stop; gives the exit code.
    std::function<int(const conf::Config&)> run;
    /// Further lines of `version`, as "c-ares 1.18.1": libraries that only other rooms may include.
    std::vector<std::string> libraries;
    std::ostream* out = nullptr;  // null: standard output
    std::ostream* err = nullptr;  // null: standard error
};

/// Carries out the command line and gives the exit code of the process. `argv` is reordered by
/// getopt.
int run_command_line(int argc, char** argv, const CommandHandlers& handlers);

}  // namespace proxy
