#include "xmpp/stream_management.h"

#include <gtest/gtest.h>

namespace xmpp {
namespace {

std::optional<std::string> without_location(std::string_view element,
                                            const NamespaceBindings& outer = usual_bindings()) {
    return edit_stream_management(element, {.cuts_location = true}, outer);
}

/// "T" in front of each id that is carried so.
std::optional<std::string> tagged(std::string_view element, SmCarrier carrier) {
    const auto tag = [carrier](SmCarrier each, std::string_view id) -> std::optional<std::string> {
        if (each != carrier) return std::nullopt;
        return "T" + std::string(id);
    };
    return edit_stream_management(element, {.id = tag});
}

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

TEST(StreamManagement, EditsTheIdsThatServersGive) {
    EXPECT_EQ(
        tagged("<enabled xmlns='urn:xmpp:sm:3' id='a/b+==' resume='true'/>", SmCarrier::enabled),
        "<enabled xmlns='urn:xmpp:sm:3' id='Ta/b+==' resume='true'/>");
    EXPECT_EQ(
        tagged("<e:enabled xmlns:e='urn:xmpp:sm:2'\n\tid = \"a&amp;&quot;b&#39;\"></e:enabled>",
               SmCarrier::enabled),
        "<e:enabled xmlns:e='urn:xmpp:sm:2' id='Ta&amp;&quot;b&apos;'></e:enabled>");
    EXPECT_EQ(tagged("<resumed xmlns='urn:xmpp:sm:3' h='1' previd='x'/>", SmCarrier::resumed),
              "<resumed xmlns='urn:xmpp:sm:3' h='1' previd='Tx'/>");
    EXPECT_EQ(tagged("<enabled xmlns='urn:xmpp:sm:3'/>", SmCarrier::enabled), std::nullopt);
    EXPECT_EQ(tagged("<enabled xmlns='urn:xmpp:sm:3' id=''/>", SmCarrier::enabled),
              "<enabled xmlns='urn:xmpp:sm:3' id='T'/>");
}

TEST(StreamManagement, EditsTheIdsInsideSasl2) {
    EXPECT_EQ(tagged("<success xmlns='urn:xmpp:sasl:2'><bound xmlns='urn:xmpp:bind:0'>"
                     "<enabled xmlns='urn:xmpp:sm:3' id='1'/></bound></success>",
                     SmCarrier::enabled),
              "<success xmlns='urn:xmpp:sasl:2'><bound xmlns='urn:xmpp:bind:0'>"
              "<enabled xmlns='urn:xmpp:sm:3' id='T1'/></bound></success>");
    EXPECT_EQ(tagged("<success xmlns='urn:xmpp:sasl:2'><resumed xmlns='urn:xmpp:sm:3' "
                     "previd='1' h='2'/></success>",
                     SmCarrier::resumed),
              "<success xmlns='urn:xmpp:sasl:2'><resumed xmlns='urn:xmpp:sm:3' "
              "previd='T1' h='2'/></success>");
    EXPECT_EQ(tagged("<authenticate xmlns='urn:xmpp:sasl:2' mechanism='PLAIN'>"
                     "<initial-response>c2VjcmV0</initial-response>"
                     "<resume xmlns='urn:xmpp:sm:3' previd='1' h='2'/></authenticate>",
                     SmCarrier::resume),
              "<authenticate xmlns='urn:xmpp:sasl:2' mechanism='PLAIN'>"
              "<initial-response>c2VjcmV0</initial-response>"
              "<resume xmlns='urn:xmpp:sm:3' previd='T1' h='2'/></authenticate>");
    // Of a client's element nothing but the request counts.
    EXPECT_EQ(tagged("<authenticate xmlns='urn:xmpp:sasl:2'><bound xmlns='urn:xmpp:bind:0'>"
                     "<enabled xmlns='urn:xmpp:sm:3' id='1'/></bound></authenticate>",
                     SmCarrier::enabled),
              std::nullopt);
}

TEST(StreamManagement, ReadsWhichSessionIsAskedFor) {
    const auto previd = [](std::string_view element) {
        const auto found = read_previd(element);
        return found ? std::string(found->reveal()) : "none";
    };
    EXPECT_EQ(previd("<resume xmlns='urn:xmpp:sm:3' h='0' previd='a&amp;b'/>"), "a&b");
    EXPECT_EQ(previd("<resume xmlns='urn:xmpp:sm:2' h='0' previd=''/>"), "");
    EXPECT_EQ(previd("<resume xmlns='urn:xmpp:sm:3' h='0'/>"), "");
    EXPECT_EQ(previd("<resume xmlns='urn:other' h='0' previd='x'/>"), "none");
    EXPECT_EQ(previd("<enable xmlns='urn:xmpp:sm:3'/>"), "none");
    EXPECT_EQ(previd("<authenticate xmlns='urn:xmpp:sasl:2'/>"), "none");
    EXPECT_EQ(previd("<authenticate xmlns='urn:xmpp:sasl:2'><resume xmlns='urn:xmpp:sm:3' "
                     "previd='x'/></authenticate>"),
              "x");
}

TEST(StreamManagement, TakesAResumptionOutOfALogin) {
    EXPECT_EQ(
        edit_stream_management("<authenticate xmlns='urn:xmpp:sasl:2'><resume "
                               "xmlns='urn:xmpp:sm:3' previd='x'></resume><x/></authenticate>",
                               {.cuts_resume = true}),
        "<authenticate xmlns='urn:xmpp:sasl:2'><x/></authenticate>");
    EXPECT_EQ(
        edit_stream_management("<resume xmlns='urn:xmpp:sm:3' previd='x'/>", {.cuts_resume = true}),
        std::nullopt);
}

TEST(StreamManagement, SaysThatASessionIsNotKnown) {
    const std::string failed =
        "<failed xmlns='urn:xmpp:sm:3'><item-not-found "
        "xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></failed>";
    EXPECT_EQ(with_resumption_failed("<success xmlns='urn:xmpp:sasl:2'><a>b</a></success>"),
              "<success xmlns='urn:xmpp:sasl:2'><a>b</a>" + failed + "</success>");
    EXPECT_EQ(with_resumption_failed("<s:success xmlns:s='urn:xmpp:sasl:2'/>"),
              "<s:success xmlns:s='urn:xmpp:sasl:2'>" + failed + "</s:success>");
}

}  // namespace
}  // namespace xmpp
