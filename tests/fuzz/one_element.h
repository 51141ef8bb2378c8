#pragma once
// Bytes as the elements of a stream of clients.

#include <string_view>

#include "tests/fuzz/require.h"
#include "xmpp/stream_scanner.h"

namespace fuzz {

inline constexpr std::string_view kHeader =
    "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' "
    "version='1.0'>";

/// Does the scanner cut the whole of `bytes` out of a stream as one element?
inline bool is_one_element(std::string_view bytes, const xmpp::ScanLimits& limits) {
    xmpp::ScanWorkPool pool;
    xmpp::StreamScanner scanner(pool, limits);
    require(scanner.next(kHeader).kind == xmpp::TokenKind::stream_open);
    const xmpp::Token token = scanner.next(bytes);
    return token.kind == xmpp::TokenKind::element && token.size == bytes.size();
}

}  // namespace fuzz
