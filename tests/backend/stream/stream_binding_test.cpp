// Aim: a client that is logged in gets a resource of its own (RFC 6120 section 7).

#include "backend/stream/stream.h"

#include <gtest/gtest.h>

#include "tests/backend/stream/stream_scene.h"

namespace backend {
namespace {

using namespace test;

TEST(Stream, MakesResources) {
    for (const std::string none : {"", "<resource/>", "<resource></resource>",
                                   "<resource> \r\n\t</resource>", "<resource>&#10;</resource>"}) {
        const auto text = transcript_of(kLogin + bind_iq(none));
        EXPECT_TRUE(holds(text, "<jid>juliet@a.example/token")) << text;
    }
}

TEST(Stream, RefusesResources) {
    for (const std::string bad : {"<resource>a&#x7F;</resource>", "<resource>\uFDD0</resource>"}) {
        const auto text = transcript_of(kLogin + bind_iq(bad) + bind_iq(""));
        EXPECT_TRUE(holds(text, "<iq type='error' id='b1'><error type='modify'><bad-request " +
                                    kStanzaErrors + "/></error></iq>[open "))
            << text;
    }
    const std::string too_long(1024, 'a');
    EXPECT_TRUE(holds(transcript_of(kLogin + bind_iq("<resource>" + too_long + "</resource>")),
                      "<bad-request "));
}

TEST(Stream, FindsAnotherResourceOnConflict) {
    auto text = transcript_of(
        kBound, [](StreamPlay& play) { play.open_failures = {OpenFailure::conflict}; });
    EXPECT_TRUE(holds(text, "[open juliet@a.example balcony][open juliet@a.example balcony.token"))
        << text;
    EXPECT_TRUE(holds(text, "<iq type='result'"));
    text = transcript_of(kBound + bind_iq(""),
                         [](StreamPlay& play) { play.open_failures = {OpenFailure::store}; });
    EXPECT_TRUE(holds(text, "<error type='wait'><resource-constraint ")) << text;
    EXPECT_TRUE(holds(text, "<iq type='result'")) << "the client may ask again";
}

}  // namespace
}  // namespace backend
