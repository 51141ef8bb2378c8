#include "core/unix_socket.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

namespace core {

namespace {

constexpr mode_t kOwnerOnly = S_IRUSR | S_IWUSR;

/// False when the path is too long for an address (107 bytes).
bool fill(sockaddr_un& address, const std::filesystem::path& path) noexcept {
    const std::string& text = path.native();
    if (text.empty() || text.size() >= sizeof address.sun_path) return false;
    address = {};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, text.data(), text.size());
    return true;
}

const sockaddr* raw(const sockaddr_un& address) noexcept {
    return reinterpret_cast<const sockaddr*>(&address);
}

Fd new_socket() noexcept {
    return Fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
}

std::string sentence(const std::filesystem::path& path, std::string_view what) {
    return path.string() + ": " + std::string(what);
}

/// Removes the file of a listener that is gone. The error says why it must stay.
Result<void, std::string> remove_stale(const std::filesystem::path& path) {
    struct stat found {};
    if (::lstat(path.c_str(), &found) != 0) {
        if (errno == ENOENT) return {};  // it has gone meanwhile
        return fail(sentence(path, std::strerror(errno)));
    }
    if (!S_ISSOCK(found.st_mode)) {
        return fail(sentence(path,
                             "is there already and is no socket; remove it or choose another "
                             "path"));
    }
    const auto connected = connect_unix(path);
    if (connected || connected.error() == EAGAIN) {
        return fail(sentence(path, "another process listens there; end it or choose another path"));
    }
    if (connected.error() != ECONNREFUSED && connected.error() != ENOENT) {
        return fail(
            sentence(path, std::string("is there already: ") + std::strerror(connected.error())));
    }
    if (::unlink(path.c_str()) != 0 && errno != ENOENT) {
        return fail(sentence(
            path, std::string("is left over and cannot be removed: ") + std::strerror(errno)));
    }
    return {};
}

}  // namespace

std::optional<UnixPeer> unix_peer(int fd) noexcept {
    ucred peer{};
    socklen_t length = sizeof peer;
    if (::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &length) != 0) return std::nullopt;
    return UnixPeer{peer.uid, peer.pid};
}

Result<Fd, int> connect_unix(const std::filesystem::path& path) noexcept {
    sockaddr_un address;
    if (!fill(address, path)) return fail(int{ENAMETOOLONG});
    Fd socket = new_socket();
    if (!socket || ::connect(socket.get(), raw(address), sizeof address) != 0) return fail(errno);
    return socket;
}

Result<UnixListener, std::string> UnixListener::bind(const std::filesystem::path& path,
                                                     int backlog) {
    sockaddr_un address;
    if (!fill(address, path)) {
        return fail(sentence(path, "a socket's path has 1 to 107 bytes; choose a shorter one"));
    }
    Fd socket = new_socket();
    // The file gets the mode of the socket, less the umask: so there is no moment at which others
    // could connect, and no umask to set for all threads.
    if (!socket || ::fchmod(socket.get(), kOwnerOnly) != 0) {
        return fail(sentence(path, std::strerror(errno)));
    }
    if (::bind(socket.get(), raw(address), sizeof address) != 0) {
        if (errno != EADDRINUSE) return fail(sentence(path, std::strerror(errno)));
        if (auto removed = remove_stale(path); !removed) return fail(removed.error());
        if (::bind(socket.get(), raw(address), sizeof address) != 0) {
            return fail(sentence(path, std::strerror(errno)));
        }
    }
    UnixListener listener(std::move(socket), path);
    if (::listen(listener.fd(), backlog) != 0) return fail(sentence(path, std::strerror(errno)));
    return listener;
}

Result<UnixListener, std::string> UnixListener::replace(const std::filesystem::path& path,
                                                        int backlog) {
    std::filesystem::path beside = path;
    beside += ".new";
    auto made = bind(beside, backlog);
    if (!made) return made;
    if (::rename(beside.c_str(), path.c_str()) != 0)
        return fail(sentence(path, std::string("cannot be taken over: ") + std::strerror(errno)));
    made->path_ = path;
    return made;
}

UnixListener::UnixListener(Fd socket, std::filesystem::path path)
    : socket_(std::move(socket)), path_(std::move(path)) {
    struct stat made {};
    if (::lstat(path_.c_str(), &made) == 0) {
        device_ = made.st_dev;
        inode_ = made.st_ino;
    }
}

UnixListener::~UnixListener() {
    if (!socket_) return;  // moved from
    struct stat found {};
    const bool is_ours =
        ::lstat(path_.c_str(), &found) == 0 && found.st_dev == device_ && found.st_ino == inode_;
    if (is_ours) ::unlink(path_.c_str());
}

Fd UnixListener::accept() const noexcept {
    return Fd(::accept4(socket_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
}

}  // namespace core
