#include "backend/store/sqlite/holder.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <charconv>
#include <fstream>
#include <iterator>
#include <sstream>
#include <vector>

namespace backend {

namespace {

/// The lock of who writes, in the file beside the database
/// (https://sqlite.org/walformat.html, 2.3).
constexpr std::string_view kByteOfWriter = "120";

std::string content_of(const std::string& path) {
    std::ifstream in(path);
    return {std::istreambuf_iterator<char>(in), {}};
}

/// 'T' stands for one that is stopped (proc(5)).
bool is_stopped(std::int64_t pid) {
    const std::string stat = content_of(fmt::format("/proc/{}/stat", pid));
    const auto name_end = stat.rfind(") ");
    return name_end != std::string::npos && stat.size() > name_end + 2 && stat[name_end + 2] == 'T';
}

}  // namespace

std::optional<std::int64_t> sqlite_writer(std::string_view proc_locks, std::uint64_t inode) {
    // 1: POSIX  ADVISORY  WRITE 4711 08:01:131073 120 120; one that waits has an arrow in front.
    const std::string file = ":" + std::to_string(inode);
    std::istringstream lines{std::string(proc_locks)};
    for (std::string line; std::getline(lines, line);) {
        std::istringstream words(line);
        const std::vector<std::string> word(std::istream_iterator<std::string>(words), {});
        if (word.size() != 8 || word[1] != "POSIX" || word[3] != "WRITE") continue;
        if (!word[5].ends_with(file) || word[6] != kByteOfWriter) continue;
        std::int64_t pid = 0;
        std::from_chars(word[4].data(), word[4].data() + word[4].size(), pid);
        if (pid > 0) return pid;
    }
    return std::nullopt;
}

std::string sqlite_holder(const std::string& path) {
    // Asked by name: to open and close the file would give up our own locks on it (POSIX).
    struct stat beside {};
    if (::stat((path + "-shm").c_str(), &beside) != 0) return {};
    const auto pid = sqlite_writer(content_of("/proc/locks"), beside.st_ino);
    if (!pid) return {};
    return fmt::format("process {} {} keeps {}", *pid,
                       is_stopped(*pid) ? "is stopped and" : "works and", path);
}

}  // namespace backend
