#pragma once
// What a finished TLS handshake leaves behind and nobody needs any more. Loop thread of the
// connection.
// Why: core/README.md, "Forgotten keys".

#include "core/handle.h"

namespace core {

/// Frees the ephemeral keys of the key exchange and the copy of a stapled OCSP response. Call it
/// once, when the handshake is complete. OpenSSL would keep them as long as the connection: up
/// to 3.7 KiB (P-256), and a private key that could still decrypt what was recorded. Data, key
/// updates, facts, exporters and session tickets go on as before; only SSL_get_tmp_key and
/// SSL_get_peer_tmp_key answer with empty keys.
void forget_handshake(SSL* ssl);

}  // namespace core
