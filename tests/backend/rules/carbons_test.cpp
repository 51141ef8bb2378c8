#include "backend/rules/carbons.h"

#include <gtest/gtest.h>

#include "backend/rules/stanza.h"

namespace backend {
namespace {

bool is_copied(MessageType type, std::string_view children) {
    const std::string bytes = "<message>" + std::string(children) + "</message>";
    const xmpp::ElementReader reader(bytes);
    return may_be_copied(type, reader.root());
}

TEST(Carbons, OfInstantMessagesOnly) {
    EXPECT_TRUE(is_copied(MessageType::chat, ""));
    EXPECT_FALSE(is_copied(MessageType::normal, ""));
    EXPECT_TRUE(is_copied(MessageType::normal, "<body/>"));
    EXPECT_TRUE(is_copied(MessageType::normal, "<displayed xmlns='urn:xmpp:chat-markers:0'/>"));
    EXPECT_TRUE(
        is_copied(MessageType::normal, "<active xmlns='http://jabber.org/protocol/chatstates'/>"));
    EXPECT_FALSE(is_copied(MessageType::error, "<body/>"));
    EXPECT_FALSE(is_copied(MessageType::groupchat, "<body/>"));
    EXPECT_FALSE(is_copied(MessageType::headline, "<body/>"));
    EXPECT_FALSE(is_copied(MessageType::chat, "<private xmlns='urn:xmpp:carbons:2'/>"));
    EXPECT_FALSE(is_copied(MessageType::chat, "<no-copy xmlns='urn:xmpp:hints'/>"));
}

TEST(Carbons, UnwrapToWhatTheyWrap) {
    const std::string message = "<message from='b@x/1' to='a@x/1'><body>1</body></message>";
    const std::string bytes = carbon(CarbonKind::received, "a@x", message, "chat");
    const xmpp::ElementReader reader(bytes);
    const Unwrapped inner = unwrap_carbon("a@x", bytes, reader.root());
    EXPECT_TRUE(inner.is_carbon);
    EXPECT_EQ(inner.kind, CarbonKind::received);
    EXPECT_EQ(inner.message, with_client_namespace(message));
    EXPECT_FALSE(unwrap_carbon("b@x", bytes, reader.root()).is_carbon) << "forged";
}

TEST(Carbons, LoseTheirPrivateMark) {
    EXPECT_EQ(without_private("<message><private xmlns='urn:xmpp:carbons:2'/>x</message>"),
              "<message>x</message>");
    EXPECT_EQ(without_private("<message><private/></message>"), "<message><private/></message>");
}

}  // namespace
}  // namespace backend
