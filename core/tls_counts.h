#pragma once
// TLS handshakes of a loop's servers, as they end. Counted by the loop's thread; any thread reads.

#include <openssl/ssl.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "core/count.h"
#include "core/time_counts.h"

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
    TimeTally took;  // those that succeeded
};

class TlsCounts {
public:
    /// The handshake of `ssl` has succeeded, so long after its connection began to wait for it.
    void note_done(const SSL* ssl, std::chrono::microseconds took) noexcept;
    void note_failed(TlsFailure why) noexcept { failed_[static_cast<std::size_t>(why)].add(); }

    void add_to(TlsTally& tally) const noexcept;

private:
    struct OfVersion {
        Count full;
        Count resumed;
    };
    OfVersion tls12_;
    OfVersion tls13_;
    std::array<Count, kTlsFailures.size()> failed_;
    TimeCounts took_;
};

}  // namespace core
