#include "core/tls_counts.h"

namespace core {

std::string_view to_string(TlsFailure why) {
    switch (why) {
        case TlsFailure::silent: return "silent";
        case TlsFailure::closed: return "closed";
        case TlsFailure::timeout: return "timeout";
        case TlsFailure::not_tls: return "not_tls";
        case TlsFailure::no_version: return "no_version";
        case TlsFailure::no_shared_cipher: return "no_shared_cipher";
        case TlsFailure::no_certificate: return "no_certificate";
        case TlsFailure::bad_certificate: return "bad_certificate";
        case TlsFailure::alert: return "alert";
        case TlsFailure::other: return "other";
    }
    return "other";
}

void TlsCounts::note_done(const SSL* ssl, std::chrono::microseconds took) noexcept {
    OfVersion& of_version = SSL_version(ssl) == TLS1_3_VERSION ? tls13_ : tls12_;
    (SSL_session_reused(ssl) == 1 ? of_version.resumed : of_version.full).add();
    took_.note(took);
}

void TlsCounts::add_to(TlsTally& tally) const noexcept {
    tally.tls12_full += tls12_.full.value();
    tally.tls12_resumed += tls12_.resumed.value();
    tally.tls13_full += tls13_.full.value();
    tally.tls13_resumed += tls13_.resumed.value();
    for (std::size_t i = 0; i < failed_.size(); ++i) tally.failed[i] += failed_[i].value();
    took_.add_to(tally.took);
    tally.open_compact += open_compact_.value();
    tally.open_openssl += open_openssl_.value();
}

}  // namespace core
