// On each change everything is planned anew and armed: a way through links may lead elsewhere now,
// and that is rare enough. Between two changes an event costs a look into a map.

#include "core/file_watch.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <deque>
#include <new>
#include <utility>

namespace core {
namespace {

namespace fs = std::filesystem;

// No IN_MODIFY: a file is ready when it is closed, and a log is never closed.
constexpr std::uint32_t kMask = IN_CLOSE_WRITE | IN_CREATE | IN_DELETE | IN_MOVED_FROM |
                                IN_MOVED_TO | IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF |
                                IN_ONLYDIR;
// The folder itself is gone, or the kernel has lost count.
constexpr std::uint32_t kUpheaval =
    IN_DELETE_SELF | IN_MOVE_SELF | IN_UNMOUNT | IN_IGNORED | IN_Q_OVERFLOW;
constexpr std::size_t kReadBytes = 16 * 1024;  // in one turn of the loop
constexpr int kMostLinks = 40;                 // of one path, as Linux has it

void push_front(const fs::path& path, std::deque<fs::path>& rest) {
    std::vector<fs::path> names;
    for (const fs::path& name : path.relative_path()) {
        if (!name.empty() && name != ".") names.push_back(name);
    }
    rest.insert(rest.begin(), names.begin(), names.end());
}

/// Walks `path` as the kernel does, and calls `step(folder, name)` wherever another file could be
/// put in the place of one that is used: at every link, at the end, and where something is missing.
/// Returns the real path at the end, whether a file is there or not; "" and `error` when there is
/// no way to it.
template <class Step>
fs::path walk(const fs::path& path, Step step, std::error_code& error) {
    std::deque<fs::path> rest;
    push_front(fs::absolute(path, error), rest);
    fs::path at = "/";
    int links = 0;
    while (!rest.empty() && !error) {
        const fs::path name = rest.front();
        rest.pop_front();
        if (name == "..") {
            at = at.parent_path();  // no link is left in `at`
            continue;
        }
        const fs::file_status status = fs::symlink_status(at / name, error);
        if (error || status.type() == fs::file_type::symlink || rest.empty()) step(at, name);
        if (rest.empty() && error == std::errc::no_such_file_or_directory) error.clear();
        if (error) break;
        if (status.type() != fs::file_type::symlink) {
            at /= name;
            continue;
        }
        const fs::path target = fs::read_symlink(at / name, error);
        if (++links > kMostLinks)
            error = std::make_error_code(std::errc::too_many_symbolic_link_levels);
        if (target.is_absolute()) at = "/";
        push_front(target, rest);
    }
    return error ? fs::path() : at;
}

bool is_link(const fs::path& path) {
    std::error_code error;
    return fs::is_symlink(fs::symlink_status(path, error));
}

}  // namespace

FileWatch::FileWatch(EventLoop& loop, std::function<void()> on_change, WatchTimes times)
    : loop_(loop),
      on_change_(std::move(on_change)),
      times_(times),
      quiet_(loop, [this] { on_settled(); }),
      longest_(loop, [this] { on_settled(); }),
      retry_(loop, [this] { on_retry(); }) {}

void FileWatch::set_paths(WatchedPaths paths) {
    paths_ = std::move(paths);
    arm();
}

bool FileWatch::open_inotify() {
    if (inotify_) return true;
    inotify_.reset(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
    if (!inotify_) return false;
    const auto on_event = [](evutil_socket_t, short, void* self) noexcept {
        static_cast<FileWatch*>(self)->on_readable();
    };
    readable_.reset(event_new(loop_.base(), inotify_.get(), EV_READ | EV_PERSIST, on_event, this));
    if (!readable_ || event_add(readable_.get(), nullptr) != 0) throw std::bad_alloc();
    return true;
}

// --- planning: which folders, and what counts in them

void FileWatch::note_problem(const fs::path& path, const std::string& why) {
    if (problem_.empty()) problem_ = fmt::format("{}: {}", path.string(), why);
}

fs::path FileWatch::follow(const fs::path& path, Plan& plan) {
    std::error_code error;
    const auto step = [&](const fs::path& folder, const fs::path& name) {
        Folder& planned = plan[folder];
        planned.path = folder;
        planned.names.insert(name.native());
    };
    fs::path end = walk(path, step, error);
    if (error) note_problem(path, error.message());
    return end;
}

void FileWatch::plan_sub_folder(const fs::path& folder, Plan& plan, std::size_t& entries) {
    Folder& planned = plan[folder];
    planned.path = folder;
    planned.has_endings = true;
    std::error_code error;
    for (fs::directory_iterator entry(folder, error), end; !error && entry != end;
         entry.increment(error)) {
        if (++entries > kMostEntries) return note_problem(folder, "too many files");
        const fs::path& file = entry->path();
        if (has_ending(file.native()) && is_link(file)) follow(file, plan);
    }
    if (error) note_problem(folder, error.message());
}

void FileWatch::plan_tree(const fs::path& tree, Plan& plan, std::size_t& entries) {
    const fs::path top = follow(tree, plan);
    if (top.empty()) return;
    Folder& planned = plan[top];
    planned.path = top;
    planned.has_folders = true;
    std::error_code error;
    for (fs::directory_iterator entry(top, error), end; !error && entry != end;
         entry.increment(error)) {
        if (++entries > kMostEntries) return note_problem(tree, "too many files");
        const bool is_way = is_link(entry->path());
        const fs::path folder = is_way ? follow(entry->path(), plan) : entry->path();
        std::error_code unknown;
        if (is_way || fs::is_directory(folder, unknown))
            planned.names.insert(entry->path().filename().native());
        if (fs::is_directory(folder, unknown)) plan_sub_folder(folder, plan, entries);
    }
    if (error) note_problem(tree, error.message());
}

FileWatch::Plan FileWatch::planned() {
    Plan plan;
    std::size_t entries = 0;
    for (const fs::path& file : paths_.files) follow(file, plan);
    for (const fs::path& tree : paths_.trees) plan_tree(tree, plan, entries);
    return plan;
}

void FileWatch::arm() {
    problem_.clear();
    if (!open_inotify()) {
        note_problem("inotify", std::strerror(errno));
        return retry_.start(times_.retry);
    }
    std::map<int, Folder> armed;
    for (auto& [path, folder] : planned()) {
        const int watch = ::inotify_add_watch(inotify_.get(), path.c_str(), kMask);
        if (watch < 0) {
            note_problem(path, std::strerror(errno));
            continue;
        }
        // One folder may be reached by two ways (a bind mount): it has one descriptor then.
        Folder& known = armed.try_emplace(watch, Folder{path, {}, false, false}).first->second;
        known.names.merge(folder.names);
        known.has_folders = known.has_folders || folder.has_folders;
        known.has_endings = known.has_endings || folder.has_endings;
    }
    for (const auto& [watch, folder] : folders_) {
        if (!armed.contains(watch)) ::inotify_rm_watch(inotify_.get(), watch);
    }
    folders_ = std::move(armed);
    if (problem_.empty()) {
        retry_.cancel();
    } else {
        retry_.start(times_.retry);
    }
}

// --- events

void FileWatch::on_readable() {
    alignas(inotify_event) std::array<char, kReadBytes> bytes;
    const ssize_t size = ::read(inotify_.get(), bytes.data(), bytes.size());
    bool has_change = false;
    for (ssize_t at = 0; at < size;) {
        inotify_event event;
        std::memcpy(&event, bytes.data() + at, sizeof event);
        // The name is padded with zeros.
        const char* name = bytes.data() + at + sizeof event;
        has_change =
            counts(event, std::string_view(name, ::strnlen(name, event.len))) || has_change;
        at += static_cast<ssize_t>(sizeof event + event.len);
    }
    if (has_change) note_change();
}

bool FileWatch::counts(const inotify_event& event, std::string_view name) {
    if ((event.mask & IN_Q_OVERFLOW) != 0) return true;
    const auto found = folders_.find(event.wd);
    if (found == folders_.end()) return false;  // of a watch that we have ended
    const Folder& folder = found->second;
    if ((event.mask & kUpheaval) != 0) {
        if ((event.mask & IN_IGNORED) != 0) folders_.erase(found);
        return true;
    }
    if (name.empty()) return false;
    if (folder.names.contains(name)) return true;
    if (folder.has_endings && has_ending(name)) return true;
    return folder.has_folders &&
           ((event.mask & IN_ISDIR) != 0 || is_link(folder.path / fs::path(name)));
}

bool FileWatch::has_ending(std::string_view name) const {
    return std::any_of(paths_.endings.begin(), paths_.endings.end(),
                       [&](const std::string& ending) { return name.ends_with(ending); });
}

void FileWatch::note_change() {
    quiet_.start(times_.quiet);
    if (!longest_.is_running()) longest_.start(times_.longest);
}

void FileWatch::on_settled() {
    quiet_.cancel();
    longest_.cancel();
    // Armed before anybody reads, so that a change while they read is reported again.
    arm();
    const auto on_change = on_change_;
    on_change();
}

void FileWatch::on_retry() {
    const auto paths_of = [this] {
        std::set<fs::path> paths;
        for (const auto& [watch, folder] : folders_) paths.insert(folder.path);
        return paths;
    };
    const auto before = paths_of();
    arm();
    // What can be watched only now may have been written while it could not.
    if (paths_of() != before) note_change();
}

}  // namespace core
