// Aim: both sides count stanzas (XEP-0198), and the node acknowledges only what is saved.

#include "backend/stream/stream.h"

#include <gtest/gtest.h>

#include "tests/backend/stream/stream_scene.h"

namespace backend {
namespace {

using namespace test;

TEST(Stream, EnablesStreamManagement) {
    const auto text = transcript_of(kBoundWithSm);
    EXPECT_TRUE(
        text.ends_with("[enable 300s]<enabled " + kSm + " id='sm-id' resume='true' max='300'/>"))
        << text;
    EXPECT_TRUE(transcript_of(kBound + "<enable " + kSm + " resume='true'/>",
                              [](StreamPlay& play) { play.sm_fails = true; })
                    .ends_with("<failed " + kSm + "><internal-server-error " + kStanzaErrors +
                               "/></failed>"));
}

TEST(Stream, AcknowledgesOnlyWhatIsSafe) {
    StreamPlay play;
    play.say(kBoundWithSm);
    play.confirms = false;
    EXPECT_EQ(play.say("<message/><iq/><r " + kSm + "/>"), "[handle 1 <message/>][handle 2 <iq/>]");
    EXPECT_EQ(play.say("<presence/>"), "[handle 3 <presence/>]");
    EXPECT_EQ(play.tell(play.stream().on_confirmed(2)), "<a " + kSm + " h='2'/>");
    EXPECT_EQ(play.tell(play.stream().on_confirmed(1)), "") << "nothing more was asked";
    EXPECT_EQ(play.say("<r " + kSm + "/>"), "<a " + kSm + " h='3'/>");
}

TEST(Stream, EnablesWhenWhatCameBeforeIsSafe) {
    StreamPlay play;
    play.say(kBound);
    play.confirms = false;
    EXPECT_EQ(play.say("<message/><enable " + kSm + "/><message/><r " + kSm + "/>"),
              "[handle <message/>]");
    play.confirms = true;
    EXPECT_EQ(play.tell(play.stream().on_confirmed(1)),
              "[enable 0s]<enabled " + kSm + "/>[handle 1 <message/>]<a " + kSm + " h='1'/>");
}

TEST(Stream, SaysTheLastCountBeforeItCloses) {
    StreamPlay play;
    play.say(kBoundWithSm);
    play.confirms = false;
    EXPECT_EQ(play.say("<message/></stream:stream>"), "[handle 1 <message/>]");
    EXPECT_EQ(play.tell(play.stream().on_confirmed(1)),
              "<a " + kSm + " h='1'/></stream:stream>[closed: client_closed]");
    EXPECT_EQ(play.stream().state(), Stream::State::ended);
}

TEST(Stream, StopsTakingBytesWhileTooMuchIsUnconfirmed) {
    StreamPlay play;
    play.settings.most_unconfirmed = 2;
    play.say(kBound);
    play.confirms = false;
    EXPECT_EQ(play.say("<message/><iq/><presence/><iq/>"), "[handle <message/>][handle <iq/>]");
    EXPECT_TRUE(play.stream().is_waiting());
    EXPECT_EQ(play.tell(play.stream().on_confirmed(1)), "[handle <presence/>]");
    EXPECT_EQ(play.tell(play.stream().on_confirmed(2)), "[handle <iq/>]");
    EXPECT_FALSE(play.stream().is_waiting());
}

TEST(Stream, TrimsByWhatTheClientAcknowledges) {
    StreamPlay play;
    play.say(kBound);
    EXPECT_EQ(play.tell(play.stream().write_stanza(1, "<iq/>")), "<iq/>[acked 1]")
        << "nobody will acknowledge it";
    play.say("<enable " + kSm + " resume='true'/>");
    play.tell(play.stream().write_stanza(2, "<iq/>"));
    play.tell(play.stream().write_stanza(3, "<iq/>"));
    EXPECT_EQ(play.say("<a " + kSm + " h='1'/>"), "[acked 2]");
    EXPECT_EQ(play.say("<a " + kSm + " h='1'/>"), "");
    EXPECT_EQ(play.say("<a " + kSm + " h='2'/>"), "[acked 3]");
    EXPECT_EQ(play.say("<a " + kSm + " h='0'/>"), "") << "no news, out of another thread";
    EXPECT_EQ(play.say("<a " + kSm + " h='1'/><a " + kSm + " h='2'/>"), "");
    EXPECT_TRUE(play.say("<a " + kSm + " h='3'/>").ends_with("[closed: handled_count_too_high]"));
}

TEST(Stream, AsksForAcknowledgementsNowAndThen) {
    StreamPlay play;
    play.settings.ack_pace = {.stanzas = 2, .bytes = 100};
    play.say(kBoundWithSm);
    const std::string request = "<r " + kSm + "/>";
    EXPECT_EQ(play.tell(play.stream().ask_for_ack()), "");
    EXPECT_EQ(play.tell(play.stream().write_stanza(1, "<iq/>")), "<iq/>");
    EXPECT_EQ(play.tell(play.stream().write_stanza(2, "<iq/>")), "<iq/>" + request);
    EXPECT_EQ(play.tell(play.stream().write_stanza(3, "<iq/>")), "<iq/>") << "it is asked already";
    EXPECT_EQ(play.tell(play.stream().ask_for_ack()), "");
    EXPECT_EQ(play.say("<a " + kSm + " h='2'/>"), "[acked 2]");
    EXPECT_EQ(play.tell(play.stream().ask_for_ack()), request);
    EXPECT_EQ(play.say("<a " + kSm + " h='3'/>"), "[acked 3]");
    const std::string large = "<iq>" + std::string(100, ' ') + "</iq>";
    EXPECT_EQ(play.tell(play.stream().write_stanza(4, large)), large + request);
}

TEST(Stream, RefusesBadStreamManagement) {
    EXPECT_TRUE(
        holds(transcript_of(kBound + "<r " + kSm + "/>"), stream_error("unsupported-stanza-type")));
    EXPECT_TRUE(holds(transcript_of(kBound + "<a " + kSm + " h='0'/>"),
                      stream_error("unsupported-stanza-type")));
    for (const std::string h : {"", "h=''", "h='x'", "h='1 '", "h='4294967296'"}) {
        EXPECT_TRUE(holds(transcript_of(kBoundWithSm + "<a " + kSm + " " + h + "/>"),
                          stream_error("invalid-xml")))
            << h;
    }
}

}  // namespace
}  // namespace backend
