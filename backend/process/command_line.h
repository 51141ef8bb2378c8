#pragma once
// Carries out the command line of `stanzanode`. What serves is handed in by main. Main thread only.

#include <cstddef>
#include <functional>
#include <istream>
#include <ostream>
#include <string>

#include "backend/store/attach.h"
#include "conf/node_config.h"
#include "core/result.h"

namespace backend {

/// Exit codes; `check --strict` says kWarnings for warnings alone.
inline constexpr int kFine = 0;
inline constexpr int kFailed = 1;
inline constexpr int kUsage = 2;
inline constexpr int kWarnings = 2;

/// What the verbs need from main.
struct NodeCommandHandlers {
    /// Serves until a signal stops it; returns the exit code.
    std::function<int(const conf::NodeConfig&)> run;
    /// Opens the store of the file; the error is a sentence for the operator.
    std::function<core::Result<AttachStore, std::string>(const conf::StoreUrl&)> open_store;
    std::istream* in = nullptr;   // null: standard input
    int input_fd = 0;             // of `in`: at a terminal, passwords are asked for
    std::ostream* out = nullptr;  // null: standard output
    std::ostream* err = nullptr;  // null: standard error
    /// Columns of the terminals that show them, in which sentences are broken; 0: they are none.
    std::size_t out_columns = 0;
    std::size_t err_columns = 0;
};

/// Carries out the command line and gives the exit code of the process.
int run_node_command_line(int argc, char** argv, const NodeCommandHandlers& handlers);

}  // namespace backend
