#pragma once
// Tells when files have changed, however they are written: in place, by rename, or behind symbolic
// links that are swapped (certbot's live/, the ..data of Kubernetes). It watches the folders in
// which a name could come to mean another file, never the files (inotify). Owned by whoever
// reloads; loop thread only.
// Why: core/README.md, "Folders are watched, not files".

#include <sys/inotify.h>

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/event_loop.h"
#include "core/handle.h"
#include "core/timer.h"

namespace core {

/// What to watch. Relative paths start at the working directory.
struct WatchedPaths {
    std::vector<std::filesystem::path> files;  // they need not exist yet
    /// Folders of folders: what is in a sub-folder counts when its name has one of the endings, and
    /// so does each sub-folder's coming and going.
    std::vector<std::filesystem::path> trees;
    std::vector<std::string> endings;  // {".pem"}
};

/// A change is reported when all is quiet for `quiet`, but no later than `longest` after it began.
/// What could not be watched is tried again after `retry`.
struct WatchTimes {
    std::chrono::milliseconds quiet{500};
    std::chrono::milliseconds longest{5'000};
    std::chrono::milliseconds retry{10'000};
};

class FileWatch {
public:
    static constexpr std::size_t kMostEntries = 20'000;  // of all trees, looked at on each change

    /// `on_change` comes from the loop; it may call set_paths() and may destroy this object. It
    /// may come without need: a file was written with what it held before.
    FileWatch(EventLoop& loop, std::function<void()> on_change, WatchTimes times = {});

    /// Replaces what is watched. A change of what was watched before as well is not lost.
    void set_paths(WatchedPaths paths);

    /// Why some of it is not watched, for the log; "" when all is.
    const std::string& problem() const noexcept { return problem_; }

private:
    /// What counts in a folder that is watched.
    struct Folder {
        std::filesystem::path path;
        std::set<std::string, std::less<>> names;
        bool has_folders = false;  // the top of a tree
        bool has_endings = false;  // a sub-folder of a tree
    };
    using Plan = std::map<std::filesystem::path, Folder>;

    bool open_inotify();
    void arm();
    Plan planned();
    void plan_tree(const std::filesystem::path& tree, Plan& plan, std::size_t& entries);
    void plan_sub_folder(const std::filesystem::path& folder, Plan& plan, std::size_t& entries);
    /// Plans each step of the way; the real path at its end, "" when there is none.
    std::filesystem::path follow(const std::filesystem::path& path, Plan& plan);
    void note_problem(const std::filesystem::path& path, const std::string& why);

    void on_readable();
    bool counts(const inotify_event& event, std::string_view name);
    bool has_ending(std::string_view name) const;
    void note_change();
    void on_settled();
    void on_retry();

    EventLoop& loop_;
    std::function<void()> on_change_;
    WatchTimes times_;
    WatchedPaths paths_;
    std::string problem_;
    std::map<int, Folder> folders_;  // by watch descriptor
    Fd inotify_;
    Event readable_;  // declared after its descriptor: goes first
    Timer quiet_;
    Timer longest_;
    Timer retry_;
};

}  // namespace core
