#pragma once
// Every namespace URI that this project reads or writes, with its source.

#include <string_view>

namespace xmpp::ns {

// Of streams and what stands in them up to a bound resource.
inline constexpr std::string_view kStreams = "http://etherx.jabber.org/streams";  // RFC 6120 4.8.1
inline constexpr std::string_view kClient = "jabber:client";                      // RFC 6120 4.8.2
inline constexpr std::string_view kServer = "jabber:server";                      // RFC 6120 4.8.2
inline constexpr std::string_view kStreamErrors =
    "urn:ietf:params:xml:ns:xmpp-streams";  // RFC 6120 4.9.2
inline constexpr std::string_view kStanzaErrors =
    "urn:ietf:params:xml:ns:xmpp-stanzas";  // RFC 6120 8.3.2
inline constexpr std::string_view kFraming =
    "urn:ietf:params:xml:ns:xmpp-framing";  // RFC 7395 3.3.2
inline constexpr std::string_view kHttpBind = "http://jabber.org/protocol/httpbind";  // XEP-0124
inline constexpr std::string_view kXbosh = "urn:xmpp:xbosh";                          // XEP-0206
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

// What the bundled server answers to and writes itself.
inline constexpr std::string_view kRoster = "jabber:iq:roster";                      // RFC 6121 2
inline constexpr std::string_view kSession = "urn:ietf:params:xml:ns:xmpp-session";  // RFC 3921 3
inline constexpr std::string_view kDiscoInfo = "http://jabber.org/protocol/disco#info";    // 0030
inline constexpr std::string_view kDiscoItems = "http://jabber.org/protocol/disco#items";  // 0030
inline constexpr std::string_view kVcard = "vcard-temp";           // XEP-0054
inline constexpr std::string_view kVersion = "jabber:iq:version";  // XEP-0092
inline constexpr std::string_view kPing = "urn:xmpp:ping";         // XEP-0199
inline constexpr std::string_view kTime = "urn:xmpp:time";         // XEP-0202
inline constexpr std::string_view kDelay = "urn:xmpp:delay";       // XEP-0203
inline constexpr std::string_view kChatStates = "http://jabber.org/protocol/chatstates";  // 0085
inline constexpr std::string_view kReceipts = "urn:xmpp:receipts";               // XEP-0184
inline constexpr std::string_view kChatMarkers = "urn:xmpp:chat-markers:0";      // XEP-0333
inline constexpr std::string_view kBlocking = "urn:xmpp:blocking";               // XEP-0191
inline constexpr std::string_view kBlockingErrors = "urn:xmpp:blocking:errors";  // XEP-0191
inline constexpr std::string_view kCarbons = "urn:xmpp:carbons:2";               // XEP-0280
inline constexpr std::string_view kForward = "urn:xmpp:forward:0";               // XEP-0297
inline constexpr std::string_view kHints = "urn:xmpp:hints";                     // XEP-0334
inline constexpr std::string_view kStanzaId = "urn:xmpp:sid:0";                  // XEP-0359
inline constexpr std::string_view kCopies = "urn:stanzagate:copies:0";           // our own

// Of XML itself.
inline constexpr std::string_view kXml =
    "http://www.w3.org/XML/1998/namespace";                                  // Namespaces 1.0, 3
inline constexpr std::string_view kXmlns = "http://www.w3.org/2000/xmlns/";  // Namespaces 1.0, 3

/// XEP-0115: the `node` of the bundled server, by which it is known.
inline constexpr std::string_view kStanzanodeCaps = "urn:stanzagate:stanzanode";

}  // namespace xmpp::ns
