#pragma once
// Why the TLS of a connection failed, for the operator: a cause in words and, behind a semicolon,
// what helps, where something does. Loop thread of the connection.

#include <openssl/ssl.h>

#include <string>

#include "core/tls_counts.h"

namespace core {

/// For callbacks of a handshake that are about to refuse it: what describe_tls_failure() will say.
/// Waits in this thread's OpenSSL error queue.
void note_tls_failure(const std::string& words);

/// Of an alert that a client has sent.
std::string words_for_alert(int alert);

struct DescribedTlsFailure {
    TlsFailure why = TlsFailure::other;  // of a server's handshake
    std::string words;  // hold names that the client sent, never key material; never empty
};

/// Of a connection on which OpenSSL has just failed. Reads this thread's error queue and empties
/// it.
DescribedTlsFailure describe_tls_failure(const SSL* ssl);

}  // namespace core
