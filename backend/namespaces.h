#pragma once
// The namespaces that only the bundled server speaks, with their sources; the others are in
// xmpp/namespaces.h.

#include <string_view>

namespace backend::ns {

inline constexpr std::string_view kRoster = "jabber:iq:roster";                      // RFC 6121 2
inline constexpr std::string_view kSession = "urn:ietf:params:xml:ns:xmpp-session";  // RFC 3921 3
inline constexpr std::string_view kDiscoInfo = "http://jabber.org/protocol/disco#info";    // 0030
inline constexpr std::string_view kDiscoItems = "http://jabber.org/protocol/disco#items";  // 0030
inline constexpr std::string_view kCaps = "http://jabber.org/protocol/caps";  // XEP-0115
inline constexpr std::string_view kVcard = "vcard-temp";                      // XEP-0054
inline constexpr std::string_view kVersion = "jabber:iq:version";             // XEP-0092
inline constexpr std::string_view kPing = "urn:xmpp:ping";                    // XEP-0199
inline constexpr std::string_view kTime = "urn:xmpp:time";                    // XEP-0202
inline constexpr std::string_view kDelay = "urn:xmpp:delay";                  // XEP-0203
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

}  // namespace backend::ns
