#include "xmpp/stream_management.h"

#include <gtest/gtest.h>

namespace xmpp {
namespace {

TEST(StreamManagement, HidesWhereToResume) {
    EXPECT_EQ(without_location("<enabled xmlns='urn:xmpp:sm:3' id='a=b' location='[fd00::1]:5222' "
                               "resume='true' max='300'/>"),
              "<enabled xmlns='urn:xmpp:sm:3' id='a=b' resume='true' max='300'/>");
    EXPECT_EQ(without_location("<s:enabled location='h' xmlns:s='urn:xmpp:sm:2'></s:enabled>"),
              "<s:enabled xmlns:s='urn:xmpp:sm:2'></s:enabled>");
}

TEST(StreamManagement, HidesWhereToResumeInsideSasl2) {
    const std::string before =
        "<success xmlns='urn:xmpp:sasl:2'><authorization-identifier>location='x'"
        "</authorization-identifier><bound xmlns='urn:xmpp:bind:0'><x location='keep'/>"
        "<enabled xmlns='urn:xmpp:sm:3' id='1'";
    const std::string after = " resume='1'/></bound></success>";
    EXPECT_EQ(without_location(before + " location='host:1'" + after), before + after);
}

TEST(StreamManagement, HidesEveryPlaceToResume) {
    EXPECT_EQ(without_location(
                  "<success xmlns='urn:xmpp:sasl:2' xmlns:m='urn:xmpp:sm:3'>"
                  "<bound xmlns='urn:xmpp:bind:0'><m:enabled location='a'/>"
                  "<m:enabled id='1' location='b'/></bound>"
                  "<bound xmlns='urn:xmpp:bind:0'><m:enabled location='c'/></bound></success>"),
              "<success xmlns='urn:xmpp:sasl:2' xmlns:m='urn:xmpp:sm:3'>"
              "<bound xmlns='urn:xmpp:bind:0'><m:enabled/><m:enabled id='1'/></bound>"
              "<bound xmlns='urn:xmpp:bind:0'><m:enabled/></bound></success>");
}

TEST(StreamManagement, LeavesEverythingElse) {
    for (const char* element :
         {"<enabled xmlns='urn:xmpp:sm:3' id='location'/>",
          "<enabled xmlns='urn:other' location='h'/>",
          "<message xmlns='jabber:client'><enabled xmlns='urn:xmpp:sm:3' location='h'/></message>",
          "<success xmlns='urn:xmpp:sasl:2'><enabled xmlns='urn:xmpp:sm:3' "
          "location='h'/></success>",
          "<resumed xmlns='urn:xmpp:sm:3' previd='1' h='2' location='h'/>"}) {
        EXPECT_EQ(without_location(element), std::nullopt) << element;
    }
}

TEST(StreamManagement, ReadsPrefixesOfTheStreamHeader) {
    const NamespaceBindings outer{{"sm", "urn:xmpp:sm:3"}};
    EXPECT_EQ(without_location("<sm:enabled location='h'/>", outer), "<sm:enabled/>");
    EXPECT_EQ(without_location("<sm:enabled location='h'/>"), std::nullopt);
}

}  // namespace
}  // namespace xmpp
