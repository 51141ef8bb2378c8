#pragma once
// What a login can be bound to: facts of the TLS connection between the client and the proxy that
// ends it, as the proxy tells them (RFC 5056). Values; any thread.

#include "core/proxy_protocol.h"

namespace backend {

/// Raw bytes of each channel binding type; empty: not known, so not offered.
struct ChannelBindings {
    core::ChannelBinding exporter;          // tls-exporter, RFC 9266: 32 bytes
    core::ChannelBinding server_end_point;  // tls-server-end-point, RFC 5929: hash of a certificate

    bool empty() const { return exporter.empty() && server_end_point.empty(); }
    friend bool operator==(const ChannelBindings&, const ChannelBindings&) = default;
};

}  // namespace backend
