#pragma once
// RAII over the C handles of libevent and OpenSSL: a C handle exists only inside a Handle.

#include <event2/event.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <unistd.h>

#include <memory>
#include <utility>

namespace core {

template <auto Free>
struct FreeWith {
    template <class T>
    void operator()(T* raw) const noexcept {
        Free(raw);
    }
};

template <class T, auto Free>
using Handle = std::unique_ptr<T, FreeWith<Free>>;

using EventBase = Handle<event_base, &event_base_free>;
using Event = Handle<event, &event_free>;
using SslContext = Handle<SSL_CTX, &SSL_CTX_free>;
using Ssl = Handle<SSL, &SSL_free>;
using Bio = Handle<BIO, &BIO_free>;
using Certificate = Handle<X509, &X509_free>;
using PrivateKey = Handle<EVP_PKEY, &EVP_PKEY_free>;

static_assert(sizeof(Ssl) == sizeof(void*));

/// Owns a file descriptor; -1 means none.
class Fd {
public:
    Fd() = default;
    explicit Fd(int fd) noexcept : fd_(fd) {}
    Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    Fd& operator=(Fd&& other) noexcept {
        reset(std::exchange(other.fd_, -1));
        return *this;
    }
    ~Fd() { reset(); }

    int get() const noexcept { return fd_; }
    explicit operator bool() const noexcept { return fd_ >= 0; }
    int release() noexcept { return std::exchange(fd_, -1); }
    void reset(int fd = -1) noexcept {
        if (fd_ >= 0) ::close(fd_);
        fd_ = fd;
    }

private:
    int fd_ = -1;
};

}  // namespace core
