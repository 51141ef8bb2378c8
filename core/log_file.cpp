#include "core/log_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace core {

Result<Fd, LogProblem> open_log_file(const std::filesystem::path& file) {
    constexpr mode_t kMode = 0666;  // less the umask
    Fd opened(::open(file.c_str(),
                     O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, kMode));
    if (!opened) {
        const int error = errno;
        return fail(
            LogProblem{"cannot open the log file " + file.string() + ": " + std::strerror(error),
                       std::string(remedy_for_log(error))});
    }
    // From here on a slow reader is waited for: that is what the log's own thread is there for.
    ::fcntl(opened.get(), F_SETFL, ::fcntl(opened.get(), F_GETFL) & ~O_NONBLOCK);
    return opened;
}

std::string_view remedy_for_log(int error) noexcept {
    switch (error) {
        case ENOENT:
        case ENOTDIR: return "make its folder, or remove [log] file to log to standard error";
        case EISDIR: return "it is a folder: name a file inside it";
        case EACCES:
        case EPERM: return "let the user that runs this program write the file and its folder";
        case EROFS:
            return "the file system is read-only: name a file elsewhere, or open the place "
                   "to this program (systemd: LogsDirectory, ReadWritePaths)";
        case ENOSPC:
        case EDQUOT: return "make room on the disk";
        case EFBIG:
            return "let logrotate begin a new file, or raise the limit of file sizes "
                   "(LimitFSIZE)";
        case EMFILE:
        case ENFILE: return "raise the descriptor limit (LimitNOFILE)";
        case ENXIO:
            return "it is a socket, or a pipe that nobody reads: remove [log] file to log "
                   "to standard error";
        case EPIPE: return "the reader of the pipe is gone: start it, then send SIGHUP";
        default: return "check the disk, or name a file elsewhere in [log] file";
    }
}

int LogFile::append(std::string_view line) {
    text_.assign(is_torn_ ? "\n" : "").append(line).append("\n");
    std::string_view left = text_;
    while (!left.empty()) {
        const auto written = ::write(file_.get(), left.data(), left.size());
        if (written < 0) {
            if (errno == EINTR) continue;
            // Nothing of it is there: the file ends as it did.
            if (left.size() != text_.size()) is_torn_ = true;
            return errno;
        }
        left.remove_prefix(static_cast<std::size_t>(written));
    }
    is_torn_ = false;
    return 0;
}

}  // namespace core
