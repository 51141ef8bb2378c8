#include "http/body_reader.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/support/cuts.h"

namespace http {
namespace {

using namespace std::string_literals;

constexpr BodyFraming kChunkedBody{BodyKind::chunked, 0};

/// "12: data" with the count of bytes taken, then "...", nothing, or "!413".
std::string body_words_of(const test::Pieces& pieces, const BodyFraming& framing,
                          std::uint64_t most) {
    BodyReader reader(framing, most);
    std::size_t taken = 0;
    std::string data;
    for (std::string_view piece : pieces) {
        while (!piece.empty() && reader.state() == BodyReader::State::reading) {
            const BodyPiece part = reader.feed(piece);
            data.append(part.data);
            taken += part.taken;
            piece.remove_prefix(part.taken);
        }
    }
    EXPECT_EQ(reader.received(), data.size());
    std::string words = std::to_string(taken) + ": " + data;
    if (reader.state() == BodyReader::State::reading) words += "...";
    if (reader.state() == BodyReader::State::refused)
        words += "!" + std::to_string(reader.refusal().status);
    return words;
}

std::string read_body_words(const std::string& bytes, const BodyFraming& framing = kChunkedBody,
                            std::uint64_t most = kNoBodyLimit) {
    const std::string whole = body_words_of({bytes}, framing, most);
    test::for_each_cut(bytes, [&](const test::Pieces& pieces) {
        EXPECT_EQ(body_words_of(pieces, framing, most), whole) << bytes;
    });
    return whole;
}

TEST(BodyReader, IsCompleteAtOnceWithoutABody) {
    EXPECT_EQ(read_body_words("GET", {}), "0: ");
    EXPECT_EQ(read_body_words("GET", {BodyKind::length, 0}), "0: ");
}

TEST(BodyReader, TakesAsMuchAsTheLengthSays) {
    EXPECT_EQ(read_body_words("bodyGET", {BodyKind::length, 4}), "4: body");
    EXPECT_EQ(read_body_words("bod", {BodyKind::length, 4}), "3: bod...");
    EXPECT_EQ(read_body_words("body", {BodyKind::length, 4}, 4), "4: body");
    EXPECT_EQ(read_body_words("body", {BodyKind::length, 5}, 4), "0: !413");
}

TEST(BodyReader, TakesAllUntilTheEnd) {
    EXPECT_EQ(read_body_words("body", {BodyKind::until_close, 0}), "4: body...");
    EXPECT_EQ(read_body_words("bodyX", {BodyKind::until_close, 0}, 4), "4: body!413");
}

TEST(BodyReader, KnowsACutFromAnEnd) {
    BodyReader until_close({BodyKind::until_close, 0}, kNoBodyLimit);
    until_close.feed("x");
    EXPECT_TRUE(until_close.end());
    BodyReader length({BodyKind::length, 2}, kNoBodyLimit);
    length.feed("x");
    EXPECT_FALSE(length.end());
    length.feed("y");
    EXPECT_TRUE(length.end());
    BodyReader chunked(kChunkedBody, kNoBodyLimit);
    chunked.feed("1\r\nx");
    EXPECT_FALSE(chunked.end());
}

TEST(BodyReader, ReadsChunks) {
    EXPECT_EQ(read_body_words("4\r\nbody\r\n0\r\n\r\nGET"), "14: body");
    EXPECT_EQ(read_body_words("0\r\n\r\n"), "5: ");
    EXPECT_EQ(read_body_words("00A\r\n0123456789\r\n1\r\nx\r\n000\r\n\r\n"), "30: 0123456789x");
    EXPECT_EQ(read_body_words("4\r\n\r\n\0\n\r\n0\r\n\r\n"s), "14: \r\n\0\n"s);
    EXPECT_EQ(read_body_words("4\r\nbod"), "6: bod...");
}

TEST(BodyReader, SkipsExtensionsAndTrailers) {
    EXPECT_EQ(read_body_words("4;a=b;c=\"d;\t\"\r\nbody\r\n0;x\r\nA: b\r\nC:\r\n\r\nGET"),
              "38: body");
}

TEST(BodyReader, RefusesSizesThatServersReadInSeveralWays) {
    for (const std::string size :
         {"", "-4", "+4", "0x4", " 4", "4 ", "4\t", "4 ;a", "g", "4h", "4_0", "1000000000000000",
          "ffffffffffffffff4", "4\n", "4\r", "4\rx"})
        EXPECT_TRUE(read_body_words(size + "\r\nbody\r\n0\r\n\r\n").ends_with("!400")) << size;
}

TEST(BodyReader, RefusesLineEndsThatAreNone) {
    for (const std::string& bytes :
         {"4\nbody\r\n0\r\n\r\n"s, "4\r\nbody\n0\r\n\r\n"s, "4\r\nbody0\r\n\r\n"s,
          "4\r\nbodyX\r\n0\r\n\r\n"s, "4\r\nbody\rX0\r\n\r\n"s, "4\r\nbody\r\n0\r\n\n"s,
          "4\r\nbody\r\n0\n\r\n"s, "4;a\nbody\r\n0\r\n\r\n"s, "4;a\rb\r\nbody\r\n"s, "4;\0\r\n"s,
          "4;\x7f\r\n"s, "4;\xc3\xa4\r\n"s})
        EXPECT_TRUE(read_body_words(bytes).ends_with("!400")) << bytes;
}

TEST(BodyReader, RefusesTrailersThatAreNoFields) {
    for (const std::string trailers :
         {"A : b\r\n", "A: b\r\n c\r\n", " A: b\r\n", "GET / HTTP/1.1\r\n"})
        EXPECT_TRUE(read_body_words("0\r\n" + trailers + "\r\n").ends_with("!400")) << trailers;
}

TEST(BodyReader, BoundsWhatIsNoData) {
    const auto chunk = [](std::size_t extension) {
        return "1;" + std::string(extension, 'x') + "\r\na\r\n";
    };
    EXPECT_TRUE(read_body_words(chunk(256)).ends_with("a..."));
    EXPECT_TRUE(read_body_words(chunk(257)).ends_with("!400"));
    std::string many;
    for (int i = 0; i < 64; ++i) many += chunk(256);
    EXPECT_TRUE(body_words_of({many}, kChunkedBody, kNoBodyLimit).ends_with("..."));
    EXPECT_TRUE(body_words_of({many + chunk(1)}, kChunkedBody, kNoBodyLimit).ends_with("!400"));
    EXPECT_TRUE(
        read_body_words("0\r\nA: " + std::string(4100, 'x') + "\r\n\r\n").ends_with("!431"));
}

TEST(BodyReader, RefusesTooMuchWithTheSizeThatSaysSo) {
    EXPECT_EQ(read_body_words("4\r\nbody\r\n0\r\n\r\n", kChunkedBody, 4), "14: body");
    EXPECT_EQ(read_body_words("4\r\nbody\r\n1\r\nx", kChunkedBody, 4), "11: body!413");
    EXPECT_EQ(read_body_words("fffffffffffffff\r\nx", kChunkedBody, 4), "16: !413");
}

TEST(Chunks, AreReadAsTheyWereWritten) {
    const std::string data(300, 'x');
    const std::string body =
        chunk_head(data.size()).append(data).append(kChunkEnd).append(kLastChunk);
    EXPECT_TRUE(body.starts_with("12c\r\n"));
    EXPECT_EQ(read_body_words(body), std::to_string(body.size()) + ": " + data);
}

}  // namespace
}  // namespace http
