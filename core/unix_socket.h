#pragma once
// Unix stream sockets that have a place in the file system: listening, connecting, and who is at
// the other end. Any one thread.

#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <string>

#include "core/handle.h"
#include "core/result.h"

namespace core {

/// The process at the other end, as it was when it connected (SO_PEERCRED).
struct UnixPeer {
    uid_t uid = 0;
    pid_t pid = 0;
};
std::optional<UnixPeer> unix_peer(int fd) noexcept;

/// A connected socket, non-blocking and close-on-exec, or the errno of what went wrong: ENOENT,
/// EACCES, ECONNREFUSED (nobody listens), EAGAIN (too many wait), ENAMETOOLONG.
Result<Fd, int> connect_unix(const std::filesystem::path& path) noexcept;

/// A listening socket and its file. The file goes with it, unless another one has taken its place.
class UnixListener {
public:
    /// Makes the file, readable and writable by our own user alone from its first moment on. One
    /// that is left over is replaced; one at which somebody listens, or that is no socket, is not.
    /// The error is a sentence for the operator.
    static Result<UnixListener, std::string> bind(const std::filesystem::path& path, int backlog);
    /// The same in the place of another process, which listens there until this does.
    static Result<UnixListener, std::string> replace(const std::filesystem::path& path,
                                                     int backlog);

    UnixListener(UnixListener&& other) noexcept = default;
    UnixListener& operator=(UnixListener&&) = delete;
    ~UnixListener();

    /// The next connection, non-blocking and close-on-exec; none when none waits or on an error,
    /// which errno tells.
    Fd accept() const noexcept;
    int fd() const noexcept { return socket_.get(); }
    const std::filesystem::path& path() const noexcept { return path_; }

private:
    UnixListener(Fd socket, std::filesystem::path path);

    Fd socket_;
    std::filesystem::path path_;
    dev_t device_ = 0;  // device and inode tell whether the file is still ours
    ino_t inode_ = 0;
};

}  // namespace core
