#pragma once
// What a login can be bound to (RFC 5056): facts of the TLS connection between a client and the
// proxy. Only these two can know them, or should. Values; any thread.

#include <cstddef>

#include "core/strong.h"

namespace core {

using ChannelBinding = Secret<struct ChannelBindingTag>;

inline constexpr std::size_t kTlsExporterBytes = 32;  // RFC 9266 section 2
inline constexpr std::size_t kTlsUniqueBytes = 12;    // RFC 5246 section 7.4.9

/// Raw bytes of each type; empty: not defined or not known, so not offered.
struct ChannelBindings {
    ChannelBinding exporter;          // tls-exporter, RFC 9266: 32 bytes
    ChannelBinding server_end_point;  // tls-server-end-point, RFC 5929 section 4.1: a hash
    ChannelBinding unique;            // tls-unique, RFC 5929 section 3.1: 12 bytes; not in TLS 1.3

    bool empty() const noexcept {
        return exporter.empty() && server_end_point.empty() && unique.empty();
    }
    friend bool operator==(const ChannelBindings&, const ChannelBindings&) = default;
};

}  // namespace core
