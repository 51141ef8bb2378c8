// Aim: a session goes on in a new stream exactly where it was (XEP-0198 section 5).

#include "backend/stream/stream.h"

#include <gtest/gtest.h>

#include "tests/backend/stream/stream_scene.h"

namespace backend {
namespace {

using namespace test;

TakenSession session_with(std::vector<std::uint64_t> numbers, std::uint64_t counted_from = 0) {
    TakenSession taken;
    taken.record.resource = "balcony";
    taken.record.handled = 7;
    taken.record.counted_from = counted_from;
    taken.record.trimmed = numbers.empty() ? counted_from : numbers.front() - 1;
    taken.record.has_sm = true;
    taken.record.is_resumable = true;
    for (const auto number : numbers)
        taken.queue.push_back({number, "<message id='" + std::to_string(number) + "'/>"});
    return taken;
}

std::string resume(const std::string& attributes) {
    return "<resume " + kSm + " " + attributes + "/>";
}

TEST(Stream, Resumes) {
    const auto prepare = [](StreamPlay& play) { play.session = session_with({13, 14, 15}, 10); };
    const auto text = transcript_of(
        kLogin + resume("previd='sm-id' h='3'") + "<message/><r " + kSm + "/>", prepare);
    EXPECT_TRUE(text.ends_with("[resume juliet@a.example sm-id]<resumed " + kSm +
                               " previd='sm-id' h='7'/>[acked 13]<message id='14'/>"
                               "<message id='15'/>[handle 8 <message/>]<a " +
                               kSm + " h='8'/>"))
        << text;
}

TEST(Stream, ResumesInline) {
    const auto login =
        authenticate("<resume " + kSm + " previd='sm-id' h='2'/><bind " + kBind2 + "/>");
    auto text = transcript_of(kHeader + login,
                              [](StreamPlay& play) { play.session = session_with({3}, 0); });
    EXPECT_TRUE(
        text.ends_with("<authorization-identifier>juliet@a.example/balcony"
                       "</authorization-identifier><resumed " +
                       kSm + " previd='sm-id' h='7'/></success><message id='3'/>"))
        << text;
    text = transcript_of(kHeader + login);
    EXPECT_TRUE(holds(text, "<failed " + kSm + "><item-not-found " + kStanzaErrors +
                                "/></failed><bound " + kBind2 + "/></success><stream:features>"))
        << text;
    text = transcript_of(kHeader + authenticate(resume("previd='x' h='2'")) + bind_iq(""));
    EXPECT_TRUE(holds(text, "</failed></success><stream:features>")) << text;
    EXPECT_TRUE(holds(text, "<iq type='result'"));
    // A request that makes no sense is asked for like one that does.
    text = transcript_of(kHeader + authenticate(resume("previd='x'")));
    EXPECT_TRUE(holds(text, "[resume juliet@a.example token")) << text;
    EXPECT_TRUE(holds(text, "<failed " + kSm + "><item-not-found ")) << text;
}

TEST(Stream, SaysNothingOfAnEarlierResumeInALaterLogin) {
    StreamPlay play;
    play.open_failures = {OpenFailure::store};
    play.say(kHeader);
    EXPECT_TRUE(holds(play.say(authenticate(resume("previd='x' h='2'") + "<bind " + kBind2 + "/>")),
                      "<temporary-auth-failure"));
    const auto text = play.say(authenticate("<bind " + kBind2 + "/>"));
    EXPECT_TRUE(holds(text, "<success ")) << text;
    EXPECT_FALSE(holds(text, "<failed ")) << text;
}

TEST(Stream, ResumesWithAnEmptyQueueExactlyWhereItWas) {
    const auto prepare = [](StreamPlay& play) {
        play.session = session_with({}, 5);
        play.session->record.trimmed = 5 + (std::uint64_t{1} << 32) - 1;
    };
    StreamPlay play;
    prepare(play);
    play.say(kLogin + resume("previd='sm-id' h='4294967295'"));
    EXPECT_EQ(play.tell(play.stream().write_stanza(5 + (std::uint64_t{1} << 32), "<message/>")),
              "<message/>");
    EXPECT_EQ(play.say("<a " + kSm + " h='0'/>"), "[acked 4294967301]");
    for (const std::string h : {"0", "1"}) {
        EXPECT_TRUE(
            holds(transcript_of(kLogin + resume("previd='sm-id' h='" + h + "'"), prepare),
                  "<handled-count-too-high " + kSm + " h='" + h + "' send-count='4294967295'/>"));
    }
}

TEST(Stream, ResumesWithACountThatIsNoNews) {
    const auto prepare = [](StreamPlay& play) { play.session = session_with({13, 14}, 10); };
    for (const std::string h : {"0", "1", "2"}) {
        const std::string going_on = "previd='sm-id' h='7'/>";
        const std::string queue = "<message id='13'/><message id='14'/>";
        const auto asked = resume("previd='sm-id' h='" + h + "'");
        EXPECT_TRUE(transcript_of(kLogin + asked, prepare)
                        .ends_with("<resumed " + kSm + " " + going_on + queue))
            << h;
        EXPECT_TRUE(transcript_of(kHeader + authenticate(asked), prepare)
                        .ends_with("<resumed " + kSm + " " + going_on + "</success>" + queue))
            << h;
    }
    for (const std::string h : {"5", "4294967295"}) {
        const auto asked = resume("previd='sm-id' h='" + h + "'");
        const std::string refused =
            "<handled-count-too-high " + kSm + " h='" + h + "' send-count='4'/>";
        EXPECT_TRUE(holds(transcript_of(kLogin + asked, prepare), refused)) << h;
        EXPECT_TRUE(holds(transcript_of(kHeader + authenticate(asked), prepare), refused)) << h;
    }
}

TEST(Stream, BindsAfterAResumeThatFails) {
    for (const std::string& attributes : std::vector<std::string>{
             "previd='nothing' h='0'", "previd='' h='0'", "h='0'", "previd='sm-id'",
             "previd='sm-id' h='-1'", "previd='" + std::string(129, 'x') + "' h='0'",
             "previd='sm-id' h='4294967296'"}) {
        const auto text = transcript_of(kLogin + resume(attributes) + bind_iq(""));
        EXPECT_TRUE(holds(text, "]<failed " + kSm + "><item-not-found " + kStanzaErrors)) << text;
        EXPECT_TRUE(holds(text, "[resume juliet@a.example ")) << "the same time: " << attributes;
        EXPECT_TRUE(text.ends_with("</bind></iq>")) << text;
    }
    // The session may still be there.
    EXPECT_TRUE(
        holds(transcript_of(kLogin + resume("previd='sm-id' h='0'"),
                            [](StreamPlay& play) { play.take_failure = TakeFailure::store; }),
              stream_error("resource-constraint")));
}

TEST(Stream, RefusesToResumeBeyondWhatWasSent) {
    const auto text = transcript_of(kLogin + resume("previd='sm-id' h='4'"), [](StreamPlay& play) {
        play.session = session_with({1, 2, 3});
    });
    EXPECT_TRUE(text.ends_with("<handled-count-too-high " + kSm +
                               " h='4' send-count='3'/></stream:error></stream:stream>"
                               "[closed: handled_count_too_high]"))
        << text;
}

TEST(Stream, DoesNotResumeOrEnableOutOfTurn) {
    const std::string refused = "<failed " + kSm + "><unexpected-request ";
    EXPECT_TRUE(holds(transcript_of(kBound + resume("previd='sm-id' h='0'")), refused));
    EXPECT_TRUE(holds(transcript_of(kLogin + "<enable " + kSm + "/>"), refused));
    EXPECT_TRUE(holds(transcript_of(kBoundWithSm + "<enable " + kSm + "/>"), refused));
}

}  // namespace
}  // namespace backend
