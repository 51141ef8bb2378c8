#include "backend/rules/disco.h"

#include "core/digest.h"
#include "tests/backend/rules/plan_world.h"
#include "xmpp/base64.h"

namespace backend {
namespace {

class Disco : public ::testing::Test {
protected:
    Disco() { world.connect(kRomeo); }

    std::string info(const std::string& to, const std::string& node = {}) {
        world.send(kRomeo, "<iq type='get' id='1'" + (to.empty() ? "" : " to='" + to + "'") +
                               "><query xmlns='http://jabber.org/protocol/disco#info'" +
                               (node.empty() ? "" : " node='" + node + "'") + "/></iq>");
        const Stanzas got = world.taken(kRomeo);
        return got.size() == 1 ? got.front() : "";
    }

    World world;
};

/// The text that XEP-0115 section 5.1 makes of an answer.
std::string verification_text(const std::string& answer) {
    pugi::xml_document document;
    document.load_string(answer.c_str());
    std::string text;
    for (const auto child : document.document_element().child("query").children()) {
        const std::string name = child.name();
        if (name == "identity") {
            text += std::string(child.attribute("category").value()) + "/" +
                    child.attribute("type").value() + "//" + child.attribute("name").value() + "<";
        } else {
            text += std::string(child.attribute("var").value()) + "<";
        }
    }
    return text;
}

TEST_F(Disco, TheServerIsWhatItsHashSays) {
    const std::string answer = info("example.org");
    EXPECT_NE(answer.find("var='urn:xmpp:carbons:2'"), std::string::npos);
    const std::string ver = xmpp::encode_base64(core::sha1(verification_text(answer)));
    const std::string feature = caps_feature("stanzanode");
    EXPECT_NE(feature.find("ver='" + ver + "'"), std::string::npos) << feature;
    EXPECT_NE(info("example.org", "urn:stanzagate:stanzanode#" + ver).find("<identity"),
              std::string::npos);
    EXPECT_NE(info("example.org", "other").find("<item-not-found "), std::string::npos);
}

TEST_F(Disco, AccountsAnswerThoseWhoSeeTheirPresence) {
    EXPECT_NE(info("").find("category='account' type='registered'"), std::string::npos);
    world.add_user("juliet@example.org");
    std::string hidden = info("juliet@example.org");
    EXPECT_NE(hidden.find("<service-unavailable "), std::string::npos);
    hidden.replace(hidden.find("juliet"), 6, "nobody");
    EXPECT_EQ(hidden, info("nobody@example.org"));
    world.befriend("romeo@example.org", "juliet@example.org");
    EXPECT_NE(info("juliet@example.org").find("category='account'"), std::string::npos);
}

TEST_F(Disco, HasNoItems) {
    for (const std::string to : {"", " to='example.org'"}) {
        world.send(kRomeo, "<iq type='get' id='1'" + to +
                               "><query xmlns='http://jabber.org/protocol/disco#items'/></iq>");
        EXPECT_NE(world.taken(kRomeo).at(0).find("type='result'"), std::string::npos);
    }
}

}  // namespace
}  // namespace backend
