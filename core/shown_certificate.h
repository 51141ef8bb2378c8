#pragma once
// Which certificate a client was shown. A resumed handshake shows none, so the tickets of contexts
// with several certificates remember the one of the full handshake. Loop thread of the connection.

#include "core/handle.h"

namespace core {

/// From now on tickets say which certificate was shown, where the connection could have shown
/// several, whose keys are of different types; elsewhere they cost nothing. For each context: what
/// counts is the one that the connection began with, before its client named a domain.
void remember_in_tickets(SSL_CTX* context);

/// The certificate that the client of an SSL was shown, whose handshake is complete and whose
/// server we are. It lives as long as the SSL. Null: not known (a ticket that does not say it).
X509* shown_certificate(SSL* ssl);

}  // namespace core
