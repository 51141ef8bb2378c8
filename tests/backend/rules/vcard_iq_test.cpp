#include "backend/rules/vcard_iq.h"

#include "tests/backend/rules/plan_world.h"

namespace backend {
namespace {

const std::string kGet = "<vCard xmlns='vcard-temp'/></iq>";

std::string answer(World& world, const std::string& iq) {
    world.send(kRomeo, iq);
    const Stanzas got = world.taken(kRomeo);
    return got.size() == 1 ? got.front() : "";
}

TEST(VcardIq, KeepsTheCardAsItCame) {
    World world;
    world.connect(kRomeo);
    answer(world,
           "<iq type='set' id='1'><vCard xmlns='vcard-temp'><FN>R &amp; J</FN></vCard></iq>");
    EXPECT_EQ(world.users["romeo@example.org"].vcard,
              "<vCard xmlns='vcard-temp'><FN>R &amp; J</FN></vCard>");
    for (const std::string to : {"", " to='romeo@example.org'"}) {
        EXPECT_NE(answer(world, "<iq type='get' id='2'" + to + ">" + kGet).find("R &amp; J"),
                  std::string::npos);
    }
    world.connect("juliet@example.org/balcony");
    world.send("juliet@example.org/balcony",
               "<iq type='get' id='3' to='romeo@example.org'>" + kGet);
    EXPECT_NE(world.taken("juliet@example.org/balcony").at(0).find("R &amp; J"), std::string::npos);
}

TEST(VcardIq, MissingCards) {
    World world;
    world.connect(kRomeo);
    world.add_user("juliet@example.org");
    EXPECT_NE(answer(world, "<iq type='get' id='1'>" + kGet).find("<vCard xmlns='vcard-temp'/>"),
              std::string::npos);
    const std::string of_juliet =
        answer(world, "<iq type='get' id='1' to='juliet@example.org'>" + kGet);
    std::string of_nobody = answer(world, "<iq type='get' id='1' to='nobody@example.org'>" + kGet);
    EXPECT_NE(of_juliet.find("<item-not-found "), std::string::npos);
    of_nobody.replace(of_nobody.find("nobody"), 6, "juliet");
    EXPECT_EQ(of_nobody, of_juliet) << "nobody learns who exists";
}

TEST(VcardIq, TheServerHasOne) {
    World world;
    world.connect(kRomeo);
    EXPECT_NE(answer(world, "<iq type='get' id='1' to='example.org'>" + kGet)
                  .find("<vCard xmlns='vcard-temp'><FN>stanzanode</FN></vCard>"),
              std::string::npos);
}

TEST(VcardIq, RefusesStrangersAndLargeCards) {
    World world;
    world.connect(kRomeo);
    EXPECT_NE(
        answer(world, "<iq type='set' id='1' to='juliet@example.org'>" + kGet).find("<forbidden "),
        std::string::npos);
    EXPECT_NE(answer(world, "<iq type='set' id='1'><vCard xmlns='vcard-temp'>" +
                                std::string(kVcardBytes, 'x') + "</vCard></iq>")
                  .find("<policy-violation "),
              std::string::npos);
    EXPECT_EQ(world.users["romeo@example.org"].vcard, "");
}

}  // namespace
}  // namespace backend
