#include "http/websocket_reader.h"

#include <gtest/gtest.h>

#include <string>

#include "http/websocket_frame.h"
#include "tests/support/client_frames.h"
#include "tests/support/cuts.h"
#include "tests/support/websocket_feed.h"

namespace http {
namespace {

using namespace std::string_literals;
using test::client_frame;

constexpr std::uint8_t kTextFrame = 0x81;
constexpr std::uint8_t kTextBegin = 0x01;
constexpr std::uint8_t kMiddle = 0x00;
constexpr std::uint8_t kEnd = 0x80;
constexpr std::uint8_t kCloseFrame = 0x88;
constexpr std::uint8_t kPingFrame = 0x89;
constexpr std::uint8_t kPongFrame = 0x8A;

/// The words of tests/support/websocket_feed.h, the same for every cut.
std::string frames_read(const std::string& bytes, std::uint32_t most = 100'000) {
    const std::string whole = test::read_frames({bytes}, most, false);
    test::for_each_cut(bytes, [&](const test::Pieces& pieces) {
        EXPECT_EQ(test::read_frames(pieces, most, false), whole);
        EXPECT_EQ(test::read_frames(pieces, most, true), whole);
    });
    return whole;
}

TEST(WebSocketReader, ReadsAsTheStandardShowsIt) {
    // RFC 6455 section 5.7.
    EXPECT_EQ(frames_read("\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58"), "text:Hello;");
    EXPECT_EQ(frames_read("\x89\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58"), "ping:Hello;");
}

TEST(WebSocketReader, ReadsMessagesOfAllLengths) {
    for (const std::size_t size : {0, 1, 3, 7, 8, 9, 125, 126, 127, 128, 1000})
        EXPECT_EQ(frames_read(client_frame(std::string(size, 'x')) + client_frame("y")),
                  "text:" + std::string(size, 'x') + ";text:y;");
    for (const std::size_t size : {65535, 65536, 70000}) {
        const std::string message(size, 'x');
        const std::string bytes = client_frame(message);
        EXPECT_EQ(test::read_frames({bytes}, 100'000, true), "text:" + message + ";");
        EXPECT_EQ(test::read_frames(test::cut_every(bytes, 1000), 100'000, false),
                  "text:" + message + ";");
    }
}

TEST(WebSocketReader, JoinsFragmentsWithControlFramesBetween) {
    EXPECT_EQ(frames_read(client_frame(kTextBegin, "Hel") + client_frame(kPingFrame, "p") +
                          client_frame(kMiddle, "l") + client_frame(kMiddle, "") +
                          client_frame(kPongFrame, "q") + client_frame(kEnd, "o")),
              "ping:p;pong:q;text:Hello;");
    EXPECT_EQ(frames_read(client_frame(kTextBegin, "") + client_frame(kEnd, "")), "text:;");
    EXPECT_EQ(frames_read(client_frame(kTextBegin, "Hel") + client_frame(kMiddle, "l")),
              "text:Hell...");
}

TEST(WebSocketReader, HandsTextOnAsItComes) {
    WebSocketReader reader(1000);
    const std::string frame = client_frame("Hello");
    std::string room(frame.size(), 0);
    WebSocketRead read = reader.next(std::string_view(frame).substr(0, 9), room.data());
    EXPECT_EQ(read.event, WebSocketRead::Event::text);
    EXPECT_EQ(read.payload, "Hel");
    EXPECT_FALSE(read.is_last);
    EXPECT_EQ(read.taken, 9u);
    read = reader.next(std::string_view(frame).substr(9), room.data());
    EXPECT_EQ(read.payload, "lo");
    EXPECT_TRUE(read.is_last);
}

TEST(WebSocketReader, RefusesWhatIsNotMasked) {
    EXPECT_EQ(frames_read(client_frame("x", {.is_masked = false})), "violation:1002;");
    EXPECT_EQ(frames_read(client_frame("x", {.first = kPingFrame, .is_masked = false})),
              "violation:1002;");
}

TEST(WebSocketReader, RefusesReservedBitsAndOpcodes) {
    for (const std::uint8_t bit : {0x10, 0x20, 0x40})
        EXPECT_EQ(frames_read(client_frame(kTextFrame | bit, "x")), "violation:1002;");
    for (const std::uint8_t opcode : {0x3, 0x7, 0xB, 0xF})
        EXPECT_EQ(frames_read(client_frame(0x80 | opcode, "x")), "violation:1002;") << int{opcode};
}

TEST(WebSocketReader, TakesOnlyText) {
    EXPECT_EQ(frames_read(client_frame(0x82, "x")), "violation:1003;");
    EXPECT_EQ(frames_read(client_frame("a") + client_frame(0x02, "x")), "text:a;violation:1003;");
}

TEST(WebSocketReader, RefusesFragmentsOutOfOrder) {
    EXPECT_EQ(frames_read(client_frame(kEnd, "x")), "violation:1002;");
    EXPECT_EQ(frames_read(client_frame("a") + client_frame(kMiddle, "x")),
              "text:a;violation:1002;");
    EXPECT_EQ(frames_read(client_frame(kTextBegin, "a") + client_frame(kTextFrame, "x")),
              "violation:1002;");
    EXPECT_EQ(frames_read(client_frame(kTextBegin, "a") + client_frame(0x82, "x")),
              "violation:1002;");
}

TEST(WebSocketReader, RefusesControlFramesThatAreLongOrInFragments) {
    const std::string longest(125, 'x');
    EXPECT_EQ(frames_read(client_frame(kPingFrame, longest)), "ping:" + longest + ";");
    EXPECT_EQ(frames_read(client_frame(kPingFrame, longest + "x")), "violation:1002;");
    EXPECT_EQ(frames_read(client_frame(0x09, "x")), "violation:1002;");
    EXPECT_EQ(frames_read(client_frame(0x08, "")), "violation:1002;");
}

TEST(WebSocketReader, RefusesLengthsThatAreNotTheShortest) {
    for (const std::size_t size : {0, 125})
        EXPECT_EQ(frames_read(client_frame(std::string(size, 'x'), {.length_bytes = 2})),
                  "violation:1002;");
    for (const std::size_t size : {0, 125, 126, 65535})
        EXPECT_EQ(frames_read(client_frame(std::string(size, 'x'), {.length_bytes = 8})),
                  "violation:1002;");
    EXPECT_EQ(frames_read("\x81\xff\x80\0\0\0\0\0\0\1mask"s), "violation:1002;");
    EXPECT_EQ(frames_read("\x81\xff\x7f\xff\xff\xff\xff\xff\xff\xffmask"s), "violation:1009;");
}

TEST(WebSocketReader, BoundsAMessageByWhatItsFramesDeclare) {
    EXPECT_EQ(frames_read(client_frame("0123456789"), 10), "text:0123456789;");
    EXPECT_EQ(frames_read(client_frame("0123456789a").substr(0, 2), 10), "violation:1009;");
    const std::string begin = client_frame(kTextBegin, "01234");
    EXPECT_EQ(frames_read(begin + client_frame(kEnd, "56789") + client_frame("0123456789"), 10),
              "text:0123456789;text:0123456789;");
    EXPECT_EQ(frames_read(begin + client_frame(kEnd, "56789a").substr(0, 2), 10),
              "violation:1009;");
}

TEST(WebSocketReader, ChecksUtf8OverBorders) {
    const std::string text = "\xc3\xa4 \xe2\x82\xac \xf0\x9f\x98\x80";
    for (std::size_t cut = 0; cut <= text.size(); ++cut)
        EXPECT_EQ(frames_read(client_frame(kTextBegin, text.substr(0, cut)) +
                              client_frame(kPingFrame, "") + client_frame(kEnd, text.substr(cut))),
                  "ping:;text:" + text + ";");
    for (const std::string broken :
         {"\x80", "\xc3", "\xc3(", "\xc0\xaf", "\xe0\x80\xaf", "\xed\xa0\x80", "\xf0\x80\x80\x80",
          "\xf4\x90\x80\x80", "\xf5", "\xff", "\xe2\x82", "\xf0\x9f\x98",
          "ascii \xe2\x28\xa1 ascii"}) {
        EXPECT_EQ(frames_read(client_frame(broken)), "violation:1007;");
        EXPECT_EQ(frames_read(client_frame(kTextBegin, broken.substr(0, 1)) +
                              client_frame(kEnd, broken.substr(1))),
                  "violation:1007;");
    }
    EXPECT_EQ(frames_read(client_frame(kTextBegin, "\xc3") + client_frame(kEnd, "")),
              "violation:1007;");
}

TEST(WebSocketReader, ReadsCloseFrames) {
    const auto close = [](int code, const std::string& reason) {
        return client_frame(
            kCloseFrame,
            std::string{static_cast<char>(code >> 8), static_cast<char>(code & 0xFF)} + reason);
    };
    EXPECT_EQ(frames_read(client_frame(kCloseFrame, "")), "close:1005 ;");
    EXPECT_EQ(frames_read(close(1000, "bye")), "close:1000 bye;");
    for (const int code : {1000, 1001, 1002, 1003, 1007, 1011, 1012, 1014, 3000, 4999})
        EXPECT_EQ(frames_read(close(code, "")), "close:" + std::to_string(code) + " ;");
    for (const int code : {0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65535})
        EXPECT_EQ(frames_read(close(code, "")), "violation:1002;") << code;
    EXPECT_EQ(frames_read(client_frame(kCloseFrame, "x")), "violation:1002;");
    EXPECT_EQ(frames_read(close(1000, "\xc3")), "violation:1007;");
}

TEST(WebSocketReader, ReadsNothingBehindTheEnd) {
    EXPECT_EQ(frames_read(client_frame(kCloseFrame, "") + client_frame("x")), "close:1005 ;");
    EXPECT_EQ(frames_read(client_frame(0x82, "x") + client_frame("x")), "violation:1003;");
}

TEST(WebSocketReader, CostsAnIdleSessionLittle) {
    EXPECT_LE(sizeof(WebSocketReader), 32u);
}

TEST(WebSocketFrame, IsWrittenAsTheStandardShowsIt) {
    std::string out;
    append_frame(out, Opcode::text, "Hello");
    EXPECT_EQ(out, "\x81\x05Hello");
    EXPECT_EQ(frame_head(Opcode::text, 125).view(), "\x81\x7d");
    EXPECT_EQ(frame_head(Opcode::text, 126).view(), "\x81\x7e\x00\x7e"s);
    EXPECT_EQ(frame_head(Opcode::pong, 0).view(), "\x8a\x00"s);
    EXPECT_EQ(frame_head(Opcode::text, 65535).view(), "\x81\x7e\xff\xff");
    EXPECT_EQ(frame_head(Opcode::text, 65536).view(), "\x81\x7f\x00\x00\x00\x00\x00\x01\x00\x00"s);
}

TEST(WebSocketFrame, ClosesWithAReasonThatFits) {
    std::string out;
    append_close(out, kGoingAway, "bye");
    EXPECT_EQ(out, "\x88\x05\x03\xe9"s + "bye");
    out.clear();
    append_close(out, kNormalClosure, std::string(122, 'x') + "\xc3\xa4");
    EXPECT_EQ(out, "\x88\x7c\x03\xe8"s + std::string(122, 'x'));
}

}  // namespace
}  // namespace http
