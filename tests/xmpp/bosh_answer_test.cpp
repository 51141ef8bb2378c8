#include "xmpp/bosh_answer.h"

#include <gtest/gtest.h>

#include "tests/support/expat_oracle.h"

namespace xmpp {
namespace {

bool is_document(const std::string& entity) {
    return test::read_with_expat(entity, true).accepted;
}

TEST(Bosh, N02_ACreationSaysAllThatClientsLookFor) {
    const std::string answer =
        write_bosh_creation({.sid = BoshSid("S<1"),
                             .wait = 60,
                             .requests = 2,
                             .hold = 1,
                             .inactivity = 60,
                             .polling = 5,
                             .maxpause = 120,
                             .ver = {1, 6},
                             .ack = 1573741820,
                             .authid = "id'1",
                             .from = "example.com",
                             .secure = true},
                            "<stream:features xmlns:stream='http://etherx.jabber.org/streams'/>");
    EXPECT_EQ(answer,
              "<body xmlns='http://jabber.org/protocol/httpbind' xmlns:xmpp='urn:xmpp:xbosh' "
              "xmlns:stream='http://etherx.jabber.org/streams' sid='S&lt;1' wait='60' requests='2' "
              "hold='1' inactivity='60' polling='5' maxpause='120' ver='1.6' ack='1573741820' "
              "authid='id&apos;1' from='example.com' secure='true' xmpp:version='1.0' "
              "xmpp:restartlogic='true'>"
              "<stream:features xmlns:stream='http://etherx.jabber.org/streams'/></body>");
    EXPECT_TRUE(is_document(answer));

    const std::string short_answer = write_bosh_creation({.sid = BoshSid("s")}, {});
    EXPECT_TRUE(is_document(short_answer));
    for (const std::string_view left_out : {" ack=", " authid=", " from=", " secure="})
        EXPECT_EQ(short_answer.find(left_out), std::string::npos) << left_out;
    EXPECT_NE(short_answer.find(" ver='1.11'"), std::string::npos);
}

TEST(Bosh, N16_AStreamElementHasItsPrefixOnTheBodyToo) {
    EXPECT_EQ(write_bosh_body({}, false), kBoshEmpty);
    EXPECT_EQ(write_bosh_body("<iq xmlns='jabber:client'/>", false, 17),
              "<body xmlns='http://jabber.org/protocol/httpbind' ack='17'>"
              "<iq xmlns='jabber:client'/></body>");
    EXPECT_EQ(write_bosh_body("<x xmlns='urn:x'/>", true),
              "<body xmlns='http://jabber.org/protocol/httpbind' "
              "xmlns:stream='http://etherx.jabber.org/streams'><x xmlns='urn:x'/></body>");
}

TEST(BoshAnswer, TerminatesWithItsCondition) {
    EXPECT_EQ(write_bosh_terminate(std::nullopt),
              "<body xmlns='http://jabber.org/protocol/httpbind' type='terminate'/>");
    EXPECT_EQ(write_bosh_terminate(BoshCondition::item_not_found), kBoshItemNotFound);
    EXPECT_EQ(write_bosh_terminate(BoshCondition::remote_stream_error, "<e xmlns='urn:e'/>"),
              "<body xmlns='http://jabber.org/protocol/httpbind' "
              "xmlns:stream='http://etherx.jabber.org/streams' type='terminate' "
              "condition='remote-stream-error'><e xmlns='urn:e'/></body>");
    EXPECT_TRUE(is_document(std::string(kBoshRecoverableError)));
}

TEST(BoshAnswer, EachConditionHasItsName) {
    for (int i = 0; i <= static_cast<int>(BoshCondition::undefined_condition); ++i) {
        const std::string name(to_string(static_cast<BoshCondition>(i)));
        EXPECT_TRUE(i == static_cast<int>(BoshCondition::undefined_condition) ||
                    name != "undefined-condition");
        EXPECT_EQ(name.find('_'), std::string::npos);
    }
}

}  // namespace
}  // namespace xmpp
