#pragma once
// TLS of a loop's servers: handshakes as they end, and what is open. Counted by the loop's thread;
// any thread reads.

#include <openssl/ssl.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "core/count.h"
#include "core/time_counts.h"
#include "core/tls/record_layer.h"

namespace core {

/// Why a handshake failed. Each word is the value of a label, so it keeps its meaning.
enum class TlsFailure : std::uint8_t {
    silent,            // the client went before it sent a byte, as checks of a port do
    closed,            // the client went, or its TCP broke
    timeout,           // we gave it up: at the deadline, or because the process stops
    not_tls,           // what came is no TLS
    no_version,        // no version in common
    no_shared_cipher,  // no cipher suite, signature algorithm or group in common
    no_certificate,    // there is none for the name that the client asks for
    bad_certificate,   // the client refuses ours
    alert,             // the client sent another alert
    other,
};
inline constexpr std::array kTlsFailures{TlsFailure::silent,         TlsFailure::closed,
                                         TlsFailure::timeout,        TlsFailure::not_tls,
                                         TlsFailure::no_version,     TlsFailure::no_shared_cipher,
                                         TlsFailure::no_certificate, TlsFailure::bad_certificate,
                                         TlsFailure::alert,          TlsFailure::other};
std::string_view to_string(TlsFailure why);

/// The same numbers, added up.
struct TlsTally {
    std::uint64_t tls12_full = 0;
    std::uint64_t tls12_resumed = 0;
    std::uint64_t tls13_full = 0;
    std::uint64_t tls13_resumed = 0;
    std::array<std::uint64_t, kTlsFailures.size()> failed{};
    TimeTally took;                  // those that succeeded
    std::uint64_t open_compact = 0;  // connections that are secure now, by their record layer
    std::uint64_t open_openssl = 0;
};

class TlsCounts {
public:
    /// The handshake of `ssl` has succeeded, so long after its connection began to wait for it.
    void note_done(const SSL* ssl, std::chrono::microseconds took) noexcept;
    /// A connection is secure, and later closed.
    void note_open(RecordLayer layer) noexcept { open(layer).add(); }
    void note_closed(RecordLayer layer) noexcept { open(layer).take_back(); }
    void note_failed(TlsFailure why) noexcept { failed_[static_cast<std::size_t>(why)].add(); }

    void add_to(TlsTally& tally) const noexcept;

private:
    struct OfVersion {
        Count full;
        Count resumed;
    };
    Count& open(RecordLayer layer) noexcept {
        return layer == RecordLayer::compact ? open_compact_ : open_openssl_;
    }

    OfVersion tls12_;
    OfVersion tls13_;
    std::array<Count, kTlsFailures.size()> failed_;
    TimeCounts took_;
    Count open_compact_;
    Count open_openssl_;
};

}  // namespace core
