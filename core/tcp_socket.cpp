#include "core/tcp_socket.h"

#include <linux/sockios.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>

namespace core {
namespace {

Endpoint named_by(decltype(&::getpeername) get_name, int fd) noexcept {
    sockaddr_storage raw{};
    socklen_t length = sizeof raw;
    if (get_name(fd, reinterpret_cast<sockaddr*>(&raw), &length) != 0) return {};
    return Endpoint::from_sockaddr(reinterpret_cast<sockaddr*>(&raw));
}

/// Since a connected peer has sent or acknowledged anything; 0 of what is not connected.
int silence_ms(int fd) noexcept {
    constexpr std::uint32_t kMost = 24U * 60 * 60 * 1'000;
    tcp_info info{};
    socklen_t length = sizeof info;
    if (::getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &length) != 0) return 0;
    if (info.tcpi_state != TCP_ESTABLISHED) return 0;
    const auto silence = std::min(info.tcpi_last_data_recv, info.tcpi_last_ack_recv);
    return static_cast<int>(std::min(silence, kMost));
}

}  // namespace

void prepare_tcp(int fd, const Keepalive& keepalive) noexcept {
    set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1);
    set_option(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
    set_keepalive(fd, keepalive);
}

void set_keepalive(int fd, const Keepalive& keepalive) noexcept {
    set_option(fd, IPPROTO_TCP, TCP_KEEPIDLE, keepalive.idle_seconds);
    set_option(fd, IPPROTO_TCP, TCP_KEEPINTVL, keepalive.interval_seconds);
    set_option(fd, IPPROTO_TCP, TCP_KEEPCNT, keepalive.probes);
    // The system would repeat them for a quarter of an hour, and asks nothing meanwhile. It counts
    // from the peer's last sign of life, and looks when one question is lost: of a peer that has
    // been silent for longer than the new patience, the first one that is lost would be the last.
    set_option(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, silence_ms(fd) + keepalive.patience_ms());
}

void set_option(int fd, int level, int name, int value) noexcept {
    ::setsockopt(fd, level, name, &value, sizeof value);
}

void set_reset_on_close(int fd) noexcept {
    const linger at_once{.l_onoff = 1, .l_linger = 0};
    ::setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
}

int unacknowledged_bytes(int fd) noexcept {
    int bytes = 0;
    return ::ioctl(fd, SIOCOUTQ, &bytes) == 0 ? bytes : 0;
}

Endpoint local_endpoint(int fd) noexcept {
    return named_by(::getsockname, fd);
}

Endpoint peer_endpoint(int fd) noexcept {
    return named_by(::getpeername, fd);
}

}  // namespace core
