#pragma once
// The file in which what the operator set while the process ran outlives a restart ([admin] state).
// The log names whatever is wrong with it; it never stops anything. Owned by Server; control loop's
// thread only.

#include <filesystem>
#include <string>
#include <vector>

#include "proxy/pools/live_state.h"

namespace proxy {

/// What becomes of live changes at a restart.
struct LiveKeeping {
    std::string file;     // empty: they are forgotten
    std::string problem;  // why the file does not hold them all the same; empty: it does

    bool is_kept() const { return !file.empty() && problem.empty(); }
};
/// "a restart forgets it (see [admin] state)", "kept over restarts in FILE", "a restart forgets it:
/// FILE ...".
std::string keeping_words(const LiveKeeping& keeping);

class LiveStateFile {
public:
    /// From now on this file is meant; "" for none. Reads nothing.
    void use(std::filesystem::path file);
    /// What the file holds. The log names a problem; what can be read of the file counts.
    std::vector<LiveMember> load();
    /// Writes it, if it is other than what was written last: at once and whole, for this user
    /// alone. A file that is not ours is left as it is.
    void save(const std::vector<LiveMember>& members);

    const LiveKeeping& keeping() const { return keeping_; }

private:
    std::filesystem::path file_;
    std::string saved_;  // the file's text as we know it
    LiveKeeping keeping_;
};

}  // namespace proxy
