#pragma once
// On a TLS link to a server: that it shows one certificate and no other. Loop thread of the
// connection.

#include <openssl/x509.h>

#include <string>

#include "core/handle.h"

namespace core {

/// Lets a client-side SSL, before its handshake, ask for keys of the type of `wanted` alone, so
/// that a server with several certificates does not choose another one.
void ask_for_key_of(SSL* ssl, const X509* wanted);

/// Whether the peer of a client-side SSL, whose handshake is complete, has shown this very
/// certificate, byte for byte.
bool has_shown(const SSL* ssl, const X509* wanted);

/// For the log, what tells it from others: "SHA-256 AB:CD:EF:01..., ECDSA, until 2027-02-28".
std::string words_for_certificate(const X509* certificate);

/// The same for what the peer has shown; empty if it has shown none.
std::string words_for_peer_certificate(const SSL* ssl);

/// Another reference to the certificate; null for null.
Certificate share(X509* certificate);

}  // namespace core
