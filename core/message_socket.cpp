#include "core/message_socket.h"

#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace core {

namespace {

constexpr std::size_t kControlBytes = CMSG_SPACE(kMostDescriptors * sizeof(int));

struct Control {
    alignas(cmsghdr) std::array<char, kControlBytes> bytes{};
};

/// Whatever becomes of the message, what came along is closed.
std::vector<Fd> descriptors_of(msghdr& header) {
    std::vector<Fd> all;
    for (cmsghdr* part = CMSG_FIRSTHDR(&header); part != nullptr;
         part = CMSG_NXTHDR(&header, part)) {
        if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS) continue;
        const std::size_t count = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (std::size_t i = 0; i < count; ++i) {
            int fd = -1;
            std::memcpy(&fd, CMSG_DATA(part) + i * sizeof fd, sizeof fd);
            all.emplace_back(fd);
        }
    }
    return all;
}

}  // namespace

Result<std::pair<Fd, Fd>, int> message_pair() noexcept {
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends.data()) != 0)
        return fail(errno);
    return std::pair(Fd(ends[0]), Fd(ends[1]));
}

Result<void, int> send_message(int socket, std::string_view bytes,
                               std::span<const int> descriptors) noexcept {
    if (descriptors.size() > kMostDescriptors || bytes.empty() || bytes.size() > kMostMessageBytes)
        return fail(EMSGSIZE);
    iovec content{const_cast<char*>(bytes.data()), bytes.size()};
    msghdr header{};
    header.msg_iov = &content;
    header.msg_iovlen = 1;
    Control control;
    if (!descriptors.empty()) {
        header.msg_control = control.bytes.data();
        header.msg_controllen = CMSG_SPACE(descriptors.size_bytes());
        cmsghdr* const part = CMSG_FIRSTHDR(&header);
        part->cmsg_level = SOL_SOCKET;
        part->cmsg_type = SCM_RIGHTS;
        part->cmsg_len = CMSG_LEN(descriptors.size_bytes());
        std::memcpy(CMSG_DATA(part), descriptors.data(), descriptors.size_bytes());
    }
    while (::sendmsg(socket, &header, MSG_NOSIGNAL) < 0)
        if (errno != EINTR) return fail(errno);
    return {};
}

Result<Message, NoMessage> receive_message(int socket) {
    Message message;
    message.bytes.resize(kMostMessageBytes);
    iovec content{message.bytes.data(), message.bytes.size()};
    Control control;
    msghdr header{};
    header.msg_iov = &content;
    header.msg_iovlen = 1;
    header.msg_control = control.bytes.data();
    header.msg_controllen = control.bytes.size();
    const ssize_t got = ::recvmsg(socket, &header, MSG_CMSG_CLOEXEC);
    if (got < 0)
        return fail(errno == EAGAIN || errno == EINTR ? NoMessage::yet : NoMessage::any_more);
    message.descriptors = descriptors_of(header);
    if (got == 0 || (header.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0)
        return fail(NoMessage::any_more);
    message.bytes.resize(static_cast<std::size_t>(got));
    return message;
}

Result<Message, NoMessage> receive_message(int socket, std::chrono::milliseconds patience) {
    const auto end = std::chrono::steady_clock::now() + patience;
    for (;;) {
        auto message = receive_message(socket);
        if (message || message.error() == NoMessage::any_more) return message;
        const auto left =
            std::chrono::ceil<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
        pollfd waiting{.fd = socket, .events = POLLIN, .revents = 0};
        if (left.count() <= 0) return message;
        ::poll(&waiting, 1, static_cast<int>(left.count()));
    }
}

}  // namespace core
