#pragma once
// Every namespace URI that this project reads or writes, with its source.

#include <string_view>

namespace xmpp::ns {

inline constexpr std::string_view kStreams = "http://etherx.jabber.org/streams";  // RFC 6120 4.8.1
inline constexpr std::string_view kClient = "jabber:client";                      // RFC 6120 4.8.2
inline constexpr std::string_view kServer = "jabber:server";                      // RFC 6120 4.8.2
inline constexpr std::string_view kStreamErrors =
    "urn:ietf:params:xml:ns:xmpp-streams";  // RFC 6120 4.9.2
inline constexpr std::string_view kStanzaErrors =
    "urn:ietf:params:xml:ns:xmpp-stanzas";                                     // RFC 6120 8.3.2
inline constexpr std::string_view kTls = "urn:ietf:params:xml:ns:xmpp-tls";    // RFC 6120 5.4
inline constexpr std::string_view kSasl = "urn:ietf:params:xml:ns:xmpp-sasl";  // RFC 6120 6.4
inline constexpr std::string_view kBind = "urn:ietf:params:xml:ns:xmpp-bind";  // RFC 6120 7.4
inline constexpr std::string_view kSasl2 = "urn:xmpp:sasl:2";                  // XEP-0388
inline constexpr std::string_view kBind2 = "urn:xmpp:bind:0";                  // XEP-0386
inline constexpr std::string_view kFast = "urn:xmpp:fast:0";                   // XEP-0484
inline constexpr std::string_view kSm2 = "urn:xmpp:sm:2";                      // XEP-0198 1.2
inline constexpr std::string_view kSm3 = "urn:xmpp:sm:3";                      // XEP-0198 1.6
inline constexpr std::string_view kCompressFeature =
    "http://jabber.org/features/compress";  // XEP-0138
inline constexpr std::string_view kCompressProtocol =
    "http://jabber.org/protocol/compress";  // XEP-0138
inline constexpr std::string_view kIqAuthFeature =
    "http://jabber.org/features/iq-auth";                                           // XEP-0078
inline constexpr std::string_view kStreamLimits = "urn:xmpp:stream-limits:0";       // XEP-0478
inline constexpr std::string_view kSaslBindings = "urn:xmpp:sasl-cb:0";             // XEP-0440
inline constexpr std::string_view kCaps = "http://jabber.org/protocol/caps";        // XEP-0115
inline constexpr std::string_view kClientState = "urn:xmpp:csi:0";                  // XEP-0352
inline constexpr std::string_view kRosterVersions = "urn:xmpp:features:rosterver";  // RFC 6121 2.6
inline constexpr std::string_view kPreApproval = "urn:xmpp:features:pre-approval";  // RFC 6121 3.4
inline constexpr std::string_view kIsr = "https://xmpp.org/extensions/isr/0";       // XEP-0397
inline constexpr std::string_view kXml =
    "http://www.w3.org/XML/1998/namespace";                                  // Namespaces 1.0, 3
inline constexpr std::string_view kXmlns = "http://www.w3.org/2000/xmlns/";  // Namespaces 1.0, 3

}  // namespace xmpp::ns
