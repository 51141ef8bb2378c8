#include "conf/writable_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "conf/findings.h"

namespace conf {
namespace {

namespace fs = std::filesystem;

constexpr const char* kMakeIt = "make it, or remove \"file\" to log to standard error";

std::string hint_for(int error) {
    switch (error) {
        case EROFS: return "its file system is read-only: name a file elsewhere";
        case ETXTBSY: return "it is a program that runs: name another file";
        default: return "let the user that runs this program write it";
    }
}

/// The file that would be made: links that lead nowhere are followed.
fs::path end_of_links(fs::path file) {
    constexpr int kMostLinks = 40;  // as the system itself
    std::error_code error;
    for (int i = 0; i < kMostLinks && fs::is_symlink(file, error); ++i)
        file = file.parent_path() / fs::read_symlink(file, error);
    return file;
}

std::optional<Obstacle> obstacle_to_making(const fs::path& file) {
    const fs::path folder = file.has_parent_path() ? file.parent_path() : fs::path(".");
    std::error_code error;
    if (!fs::is_directory(folder, error))
        return Obstacle{fmt::format("there is no folder {}", in_quotes(folder.string())), kMakeIt};
    if (::faccessat(AT_FDCWD, folder.c_str(), W_OK | X_OK, AT_EACCESS) == 0) return std::nullopt;
    const int why = errno;
    return Obstacle{fmt::format("no file can be made in the folder {}: {}",
                                in_quotes(folder.string()), std::strerror(why)),
                    hint_for(why)};
}

}  // namespace

std::optional<Obstacle> obstacle_to_writing(const fs::path& file) {
    const std::string name = in_quotes(file.string());
    struct stat found {};
    if (::stat(file.c_str(), &found) != 0) {
        if (errno == ENOENT || errno == ENOTDIR) return obstacle_to_making(end_of_links(file));
        const int why = errno;
        return Obstacle{fmt::format("{} cannot be reached: {}", name, std::strerror(why)),
                        hint_for(why)};
    }
    if (S_ISDIR(found.st_mode)) return Obstacle{name + " is a folder", "name a file inside it"};
    if (S_ISSOCK(found.st_mode))
        return Obstacle{name + " is a socket", "remove \"file\" to log to standard error"};
    int why = 0;
    if (S_ISREG(found.st_mode)) {
        // Asking alone does not tell of files that may not be changed.
        const int opened = ::open(file.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC);
        why = opened < 0 ? errno : 0;
        if (opened >= 0) ::close(opened);
    } else if (::faccessat(AT_FDCWD, file.c_str(), W_OK, AT_EACCESS) != 0) {
        why = errno;
    }
    if (why == 0) return std::nullopt;
    return Obstacle{fmt::format("{} cannot be written: {}", name, std::strerror(why)),
                    hint_for(why)};
}

}  // namespace conf
