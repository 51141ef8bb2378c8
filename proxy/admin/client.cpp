#include "proxy/admin/client.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <string_view>
#include <system_error>

#include "conf/units.h"
#include "core/unix_socket.h"

namespace proxy {

namespace {

using Clock = std::chrono::steady_clock;
using Done = core::Result<void, std::string>;

constexpr std::size_t kReadBytes = 64 * 1024;

/// Advice about the path itself.
constexpr std::string_view kNameOurs =
    "name the socket of [admin] with --socket or STANZAGATE_SOCKET";

/// What stands at a path where nobody listens.
std::string silence_of(const std::filesystem::path& path) {
    std::error_code ignored;
    switch (std::filesystem::status(path, ignored).type()) {
        case std::filesystem::file_type::socket:
            return "nobody listens there (stanzagate has ended; start it)";
        case std::filesystem::file_type::directory:
            return fmt::format("it is a directory, no socket ({})", kNameOurs);
        case std::filesystem::file_type::regular:
            return fmt::format("it is a file, no socket ({})", kNameOurs);
        default: return fmt::format("it is no socket ({})", kNameOurs);
    }
}

std::string reason(int error, const std::filesystem::path& path) {
    switch (error) {
        case ENOENT:
        case ENOTDIR:
            return "no such file (is stanzagate running, with [admin] socket set to this path? "
                   "--socket or STANZAGATE_SOCKET names another one)";
        case ECONNREFUSED: return silence_of(path);
        case EPROTOTYPE: return fmt::format("it is a socket of another program ({})", kNameOurs);
        case EACCES:
        case EPERM:
            return "permission denied (run this as the user that stanzagate runs as, or as root)";
        case EAGAIN: return "too many commands wait there; try again";
        case ENAMETOOLONG: return "a socket's path has 1 to 107 bytes";
        default: return std::strerror(error);
    }
}

/// One connection with a deadline for all of it.
class Asking {
public:
    Asking(core::Fd socket, std::chrono::milliseconds patience)
        : socket_(std::move(socket)), patience_(patience), deadline_(Clock::now() + patience) {}

    Done send(std::string_view bytes) {
        while (!bytes.empty()) {
            const ssize_t taken = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (taken >= 0) {
                bytes.remove_prefix(static_cast<std::size_t>(taken));
            } else if (errno == EAGAIN) {
                if (auto ready = wait_for(POLLOUT); !ready) return ready;
            } else if (errno != EINTR) {
                return {};  // it has answered already, and closed: the answer says why
            }
        }
        return {};
    }

    core::Result<std::string, std::string> receive_all() {
        const auto buffer = std::make_unique_for_overwrite<char[]>(kReadBytes);
        std::string bytes;
        while (bytes.size() <= kAdminReplyBytes) {
            const ssize_t got = ::recv(socket_.get(), buffer.get(), kReadBytes, 0);
            if (got > 0) {
                bytes.append(buffer.get(), static_cast<std::size_t>(got));
            } else if (got < 0 && errno == EAGAIN) {
                if (auto ready = wait_for(POLLIN); !ready) return core::fail(ready.error());
            } else if (got == 0 || errno != EINTR) {
                return bytes;  // what is missing shows in the reply itself
            }
        }
        return core::fail(std::string("an answer without end"));
    }

private:
    Done wait_for(short events) {
        for (;;) {
            const auto left =
                std::chrono::ceil<std::chrono::milliseconds>(deadline_ - Clock::now());
            if (left.count() <= 0) {
                return core::fail(fmt::format("no answer within {}", conf::time_text(patience_)));
            }
            pollfd waiting{.fd = socket_.get(), .events = events, .revents = 0};
            if (::poll(&waiting, 1, static_cast<int>(left.count())) > 0) return {};
        }
    }

    core::Fd socket_;
    std::chrono::milliseconds patience_;
    Clock::time_point deadline_;
};

}  // namespace

core::Result<AdminReply, std::string> ask_admin(const std::filesystem::path& socket,
                                                std::string_view request,
                                                std::chrono::milliseconds patience) {
    const auto failed = [&socket](std::string_view why) {
        return core::fail(fmt::format("cannot reach stanzagate at {}: {}", socket.string(), why));
    };
    auto connected = core::connect_unix(socket);
    if (!connected) return failed(reason(connected.error(), socket));
    Asking asking(std::move(connected).value(), patience);
    if (auto sent = asking.send(request); !sent) return failed(sent.error());
    const auto bytes = asking.receive_all();
    if (!bytes) return failed(bytes.error());
    if (!is_admin_reply(*bytes))
        return failed(fmt::format("another program answers there ({})", kNameOurs));
    auto reply = decode_admin_reply(*bytes);
    if (!reply) return failed(reply.error());
    return std::move(reply).value();
}

}  // namespace proxy
