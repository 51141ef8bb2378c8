#pragma once
// In what the running process differs from its file, and how to end that. Values and their views;
// any thread.

#include <string>
#include <vector>

#include "proxy/pools/live_state.h"
#include "proxy/pools/live_state_file.h"

namespace proxy {

struct Drift {
    std::string file;
    std::vector<LiveMember> live;            // what the operator has set
    LiveKeeping keeping;                     // what becomes of that at a restart
    std::vector<std::string> needs_restart;  // what the file says and only a restart applies
    std::string why_refused;                 // the file as it is now; empty: it is not refused
    std::vector<std::string> refused;        // what it would change, if it could be read
    std::vector<std::string> certificates;  // files that cannot be used: what counts in their place

    bool is_none() const {
        return live.empty() && needs_restart.empty() && why_refused.empty() && certificates.empty();
    }
};

/// In 80 columns.
std::string drift_text(const Drift& drift);
/// {file, is_none, live: [{pool, backend, admin_state, weight, file_weight, is_from_dns, words,
/// undo: [text]}], state_file|null, state_problem|null, needs_restart: [text], refusal|null,
/// refused_changes: [text], certificates: [text]}
std::string drift_json(const Drift& drift);

}  // namespace proxy
