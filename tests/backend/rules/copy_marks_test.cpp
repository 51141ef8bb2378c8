#include "backend/rules/copy_marks.h"

#include <gtest/gtest.h>

namespace backend {
namespace {

Route route(const std::string& session) {
    Route made;
    made.session = SessionId(session);
    return made;
}

std::string next_id() {
    static int made = 0;
    return "id" + std::to_string(++made);
}

/// What stands between `before` and the next quote, at its last place.
std::string behind(const std::string& text, const std::string& before) {
    const auto at = text.rfind(before);
    if (at == std::string::npos) return "";
    const auto begin = at + before.size();
    return text.substr(begin, text.find('\'', begin) - begin);
}
std::string id_of(const std::string& text) {
    return behind(text, "<stanza-id xmlns='urn:xmpp:sid:0' by='u@x' id='");
}
std::string names_of(const std::string& text) {
    return behind(text, "<copies xmlns='urn:stanzagate:copies:0' in='");
}

class CopyMarks : public ::testing::Test {
protected:
    const Route a = route("a"), b = route("b"), c = route("c"), d = route("d");
};

TEST_F(CopyMarks, TellSessionsApart) {
    const std::string marked = with_copy_mark("<message/>", "u@x", {&a, &b}, next_id);
    const xmpp::ElementReader reader(marked);
    EXPECT_TRUE(has_copy(reader.root(), "u@x", a));
    EXPECT_TRUE(has_copy(reader.root(), "u@x", b));
    EXPECT_FALSE(has_copy(reader.root(), "u@x", c));
    EXPECT_FALSE(has_copy(reader.root(), "v@x", a)) << "somebody else's mark";
    EXPECT_EQ(with_copy_mark("<message/>", "u@x", {&a}, next_id), "<message/>");
}

TEST_F(CopyMarks, HaveNothingInCommonBetweenMessages) {
    const std::string first = with_copy_mark("<message/>", "u@x", {&a, &b}, next_id);
    const std::string second = with_copy_mark("<message/>", "u@x", {&a, &b}, next_id);
    EXPECT_NE(id_of(first), id_of(second));
    ASSERT_EQ(names_of(first).size(), 16u) << first;
    for (const std::size_t at : {0u, 8u})
        EXPECT_EQ(names_of(second).find(names_of(first).substr(at, 8)), std::string::npos);
}

TEST_F(CopyMarks, AreReplacedWhereTheIdStays) {
    const std::string first = with_copy_mark("<message/>", "u@x", {&a, &b}, next_id);
    const xmpp::ElementReader reader(first);
    const std::string again = with_new_copy_mark(first, reader.root(), "u@x", {&c, &d}, next_id);
    EXPECT_EQ(id_of(again), id_of(first));
    EXPECT_EQ(again.find("<stanza-id"), again.rfind("<stanza-id"));
    EXPECT_EQ(again.find("<copies"), again.rfind("<copies"));
    const xmpp::ElementReader reread(again);
    EXPECT_FALSE(has_copy(reread.root(), "u@x", a));
    EXPECT_TRUE(has_copy(reread.root(), "u@x", c));
    EXPECT_TRUE(has_copy(reread.root(), "u@x", d));

    const std::string plain = "<message/>";
    const xmpp::ElementReader plain_reader(plain);
    EXPECT_NE(id_of(with_new_copy_mark(plain, plain_reader.root(), "u@x", {&c, &d}, next_id)), "");
    EXPECT_EQ(with_new_copy_mark(plain, plain_reader.root(), "u@x", {&c}, next_id), plain);
}

TEST_F(CopyMarks, ThoseOfOthersAreTakenAway) {
    const auto cleaned = [](const std::string& message) {
        const xmpp::ElementReader reader(message);
        return without_copy_marks(message, reader.root(), "u@x");
    };
    const std::string body = "<body xmlns='jabber:client'>b</body>";
    EXPECT_EQ(cleaned("<message><stanza-id xmlns='urn:xmpp:sid:0' by='u@x' id='1'/>" + body +
                      "<stanza-id xmlns='urn:xmpp:sid&#58;0' by='U@X/r' id='2'></stanza-id>"
                      "<copies xmlns='urn:stanzagate:copies:0' in='3'/></message>"),
              "<message>" + body + "</message>");
    for (const std::string kept : {"<message/>",
                                   "<message><stanza-id xmlns='urn:xmpp:sid:0' "
                                   "by='room@x' id='1'/></message>"}) {
        EXPECT_EQ(cleaned(kept), kept);
    }
}

}  // namespace
}  // namespace backend
