#pragma once
// Tokens as a scanner makes them, for rooms that take tokens.

#include <string_view>

#include "xmpp/stream_scanner.h"

namespace test {

inline xmpp::Token token(xmpp::TokenKind kind) {
    xmpp::Token made;
    made.kind = kind;
    return made;
}

inline xmpp::Token element(std::string_view name, std::string_view uri) {
    xmpp::Token made = token(xmpp::TokenKind::element);
    made.local_name = name;
    made.namespace_uri = uri;
    return made;
}

}  // namespace test
