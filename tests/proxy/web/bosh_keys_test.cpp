// Aim: where a client asks for keys (XEP-0124 section 15), nobody else can say anything in its
// session.

#include "proxy/web/bosh_machine.h"

#include <gtest/gtest.h>

#include "core/digest.h"
#include "core/hex.h"
#include "tests/proxy/web/bosh_scene.h"

namespace proxy::scene {
namespace {

using xmpp::BoshCondition;

std::string key(int times) {
    std::string text = "seed";
    while (times-- > 0) text = core::hex(core::sha1(text));
    return text;
}

TEST(BoshMachine, KeysLeadFromRequestToRequest) {
    BoshScene scene;
    scene.log_in("ver='1.6' newkey='" + key(3) + "'");
    scene.ask(2, 101, "key='" + key(2) + "'");
    scene.ask(3, 101, "key='" + key(2) + "'");  // a repeat
    EXPECT_EQ(scene.said(2), xmpp::kBoshRecoverableError);
    std::string upper = key(10);
    for (char& digit : upper) digit = static_cast<char>(std::toupper(digit));
    scene.ask(4, 102, "key='" + key(1) + "' newkey='" + upper + "'");
    scene.ask(5, 103, "key='" + key(9) + "'");
    EXPECT_EQ(scene.said(4), kEmptyBody);
    EXPECT_FALSE(scene.over);
    scene.ask(6, 104, "key='" + key(9) + "'", kMessage);
    EXPECT_TRUE(scene.is_refused(BoshCondition::item_not_found));
    EXPECT_EQ(scene.stream, "");
}

TEST(BoshMachine, NobodyInjectsARequestWithoutTheKey) {
    for (const std::string_view attributes : {"", "key='0'", "key=''"}) {
        BoshScene scene;
        scene.log_in("ver='1.6' newkey='" + key(5) + "'");
        scene.ask(2, 101, "key='" + key(4) + "'");
        scene.send(kMessage);
        scene.ask(3, 101, attributes);
        EXPECT_EQ(scene.said(3), xmpp::kBoshItemNotFound) << "an answer to a thief";
        EXPECT_TRUE(scene.is_refused(BoshCondition::item_not_found));
    }
}

}  // namespace
}  // namespace proxy::scene
