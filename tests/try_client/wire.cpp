#include "tests/try_client/wire.h"

#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <array>
#include <cerrno>
#include <stdexcept>
#include <system_error>

namespace try_client {
namespace {

constexpr int kPatienceSeconds = 20;

[[noreturn]] void fail(const std::string& what) {
    throw std::runtime_error(what);
}

[[noreturn]] void fail_with_errno(const std::string& what) {
    fail(errno == EAGAIN ? what + ": nothing within " + std::to_string(kPatienceSeconds) + " s"
                         : what + ": " + std::generic_category().message(errno));
}

std::string tls_problem(const SSL* ssl) {
    const long verified = SSL_get_verify_result(ssl);
    if (verified != X509_V_OK) return X509_verify_cert_error_string(verified);
    const unsigned long code = ERR_peek_error();
    return code != 0 ? ERR_reason_error_string(code) : "the connection ended";
}

}  // namespace

Wire::Wire(const core::Endpoint& target)
    : fd_(::socket(target.is_v4() ? AF_INET : AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const timeval patience{.tv_sec = kPatienceSeconds, .tv_usec = 0};
    ::setsockopt(fd_.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    ::setsockopt(fd_.get(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    const int on = 1;  // several small messages in a row shall not wait for each other
    ::setsockopt(fd_.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    sockaddr_storage name{};
    const socklen_t length = target.to_sockaddr(name);
    if (::connect(fd_.get(), reinterpret_cast<const sockaddr*>(&name), length) != 0) {
        fail_with_errno("connecting to " + target.to_string());
    }
}

void Wire::start_tls(const std::string& authority, const std::string& domain) {
    context_.reset(SSL_CTX_new(TLS_client_method()));
    if (!context_ || SSL_CTX_load_verify_file(context_.get(), authority.c_str()) != 1) {
        fail("cannot read the certificate " + authority);
    }
    SSL_CTX_set_verify(context_.get(), SSL_VERIFY_PEER, nullptr);
    ssl_.reset(SSL_new(context_.get()));
    if (!ssl_ || SSL_set_fd(ssl_.get(), fd_.get()) != 1 ||
        SSL_set_tlsext_host_name(ssl_.get(), domain.c_str()) != 1 ||
        SSL_set1_host(ssl_.get(), domain.c_str()) != 1) {
        fail("no memory for TLS");
    }
    if (SSL_connect(ssl_.get()) != 1) fail("TLS with " + domain + ": " + tls_problem(ssl_.get()));
}

void Wire::send(std::string_view bytes) {
    while (!bytes.empty()) {
        const auto sent = ssl_ ? SSL_write(ssl_.get(), bytes.data(), static_cast<int>(bytes.size()))
                               : ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent <= 0) fail_with_errno("sending");
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
}

std::string Wire::receive() {
    std::array<char, 16 * 1024> buffer;
    errno = 0;
    const auto got = ssl_ ? SSL_read(ssl_.get(), buffer.data(), buffer.size())
                          : ::recv(fd_.get(), buffer.data(), buffer.size(), 0);
    if (got > 0) return {buffer.data(), static_cast<std::size_t>(got)};
    if (errno == EAGAIN) fail_with_errno("waiting for an answer");
    return {};
}

}  // namespace try_client
