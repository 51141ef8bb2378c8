#include "backend/copy_marks.h"

#include <gtest/gtest.h>

namespace backend {
namespace {

TEST(CopyMarks, TellSessionsApart) {
    Route a, b, c;
    a.session = SessionId("a");
    b.session = SessionId("b");
    c.session = SessionId("c");
    const std::string marked = with_copy_mark("<message/>", "u@x", {&a, &b});
    const xmpp::ElementReader reader(marked);
    EXPECT_TRUE(has_copy(reader.root(), "u@x", a));
    EXPECT_TRUE(has_copy(reader.root(), "u@x", b));
    EXPECT_FALSE(has_copy(reader.root(), "u@x", c));
    EXPECT_FALSE(has_copy(reader.root(), "v@x", a)) << "somebody else's mark";
    EXPECT_EQ(with_copy_mark("<message/>", "u@x", {&a}), "<message/>");
}

TEST(CopyMarks, ThoseOfOthersAreTakenAway) {
    const auto cleaned = [](const std::string& message) {
        const xmpp::ElementReader reader(message);
        return without_forged_ids(message, reader.root(), "u@x");
    };
    const std::string body = "<body xmlns='jabber:client'>b</body>";
    EXPECT_EQ(cleaned("<message><stanza-id xmlns='urn:xmpp:sid:0' by='u@x' id='1'/>" + body +
                      "<stanza-id xmlns='urn:xmpp:sid&#58;0' by='U@X/r' id='2'></stanza-id>"
                      "</message>"),
              "<message>" + body + "</message>");
    for (const std::string kept : {"<message/>",
                                   "<message><stanza-id xmlns='urn:xmpp:sid:0' "
                                   "by='room@x' id='1'/></message>"}) {
        EXPECT_EQ(cleaned(kept), kept);
    }
}

}  // namespace
}  // namespace backend
