#pragma once
// A client's connection: TCP, TLS from start_tls() on. Blocking, with one patience for everything.
// Whatever goes wrong is thrown as std::runtime_error, in words for the reader of ./quickstart.

#include <string>
#include <string_view>

#include "core/endpoint.h"
#include "core/handle.h"

namespace try_client {

class Wire {
public:
    /// Connects.
    explicit Wire(const core::Endpoint& target);

    /// The certificate must name `domain` and be the one in the PEM file `authority`, or be signed
    /// by it.
    void start_tls(const std::string& authority, const std::string& domain);

    void send(std::string_view bytes);
    /// What comes next; empty: the connection is over, with or without goodbye of TLS.
    std::string receive();

private:
    core::Fd fd_;
    core::SslContext context_;
    core::Ssl ssl_;  // null: in clear
};

}  // namespace try_client
