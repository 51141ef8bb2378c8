#pragma once
// The BIO that joins OpenSSL to a loop's scratch buffers: it reads the ciphertext that the
// connection at work has just received and gathers the records that OpenSSL makes. It has no state
// of its own, so all TLS connections of a loop share one. Loop thread only.
// Why: core/README.md, "One BIO".

#include <string_view>
#include <vector>

#include "core/handle.h"

namespace core {

/// The two ends that the BIO joins. Used by one connection at a time, within one callback.
struct TlsExchange {
    std::string_view received;  // ciphertext that OpenSSL has not read yet
    std::vector<char> records;  // ciphertext that OpenSSL made and nobody has sent yet
};

/// A BIO over `exchange`, which must outlive every SSL that uses it. Reading past the end of
/// `received` says "retry later"; writing never blocks.
Bio make_tls_bio(TlsExchange& exchange);

}  // namespace core
