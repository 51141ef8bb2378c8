#pragma once
// A reload, but for what the process does: which configurations there are, reading the file again,
// and telling what became of it. Nothing here touches what runs. Control loop's thread.

#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "conf/config.h"
#include "proxy/admin/target.h"

namespace proxy {

/// What the file has said to this process, and when.
struct Configurations {
    std::shared_ptr<const conf::Config> in_use;        // null before the start
    std::shared_ptr<const conf::Config> started_with;  // for what only a restart can change
    std::shared_ptr<const conf::Config> refused;       // the file as it is now, if it was refused
    std::string why_refused;                           // the last reload; empty: it was applied
    std::optional<EarlierReload> last_applied;         // the last that changed something
    std::optional<EarlierReload> last_refused;         // the last since then
    std::vector<std::string> told_problems;            // by the last reload, in the log
    std::uint64_t reloads = 0;                         // applied
    std::uint64_t refused_reloads = 0;
    std::chrono::system_clock::time_point started;
    std::chrono::system_clock::time_point loaded;  // the one in use

    /// This one counts from `now` on. The first one is what the process started with.
    void use(std::shared_ptr<const conf::Config> config, std::chrono::system_clock::time_point now);
};

/// A configuration file as it is now.
struct ReadAgain {
    std::shared_ptr<const conf::Config> config;  // may count if there is no refusal
    std::vector<std::string> problems;           // with their places; also those that only warn
    std::optional<std::string> refusal;          // the first error, in short
};
ReadAgain read_again(const std::filesystem::path& file);

/// What a reload to `next` changes, and what it cannot.
void note_differences(const Configurations& before, const conf::Config& next, ReloadResult& result);

/// What the operator has set and still counts; and, among the changes, where a new weight of the
/// configuration counts in its place.
void note_live(const std::vector<LiveMember>& before, const std::vector<PoolStatus>& after,
               ReloadResult& result);

/// After it was applied or refused: remembers what is new in it; or, with nothing new, adds what
/// was applied before to the answer.
void note_history(Configurations& after, ReloadResult& result,
                  std::chrono::system_clock::time_point now);

/// The same, in the log. Warnings that stand in the log already do not come again.
void log_reload(Configurations& after, const ReloadResult& result);

}  // namespace proxy
