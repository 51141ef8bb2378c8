// Bulk scanning against the plain loop that it stands for, at every length, alignment and place.

#include "xmpp/byte_scan.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace xmpp {
namespace {

const char* end_of(std::string_view bytes) {
    return bytes.data() + bytes.size();
}

Utf8Sequence decode(std::string_view bytes) {
    return decode_utf8(bytes.data(), end_of(bytes));
}

/// skip_utf8() as a plain loop.
template <class Stops>
std::size_t plain_skip(std::string_view bytes) {
    std::size_t at = 0;
    while (at < bytes.size()) {
        if (is_ascii(bytes[at])) {
            if (Stops::at(bytes[at])) return at;
            ++at;
            continue;
        }
        const Utf8Sequence sequence = decode(bytes.substr(at));
        if (sequence.status != Utf8Status::valid) return at;
        at += sequence.size;
    }
    return at;
}

/// Compares on a copy of exactly that size, so that a sanitizer sees a look behind its end.
template <class Stops>
void expect_plain(std::string_view bytes) {
    const std::vector<char> copy(bytes.begin(), bytes.end());
    const char* const begin = copy.data();
    const char* const end = begin + copy.size();
    const char* ascii = begin;
    while (ascii < end && !Stops::at(*ascii)) ++ascii;
    ASSERT_EQ(skip_ascii<Stops>(begin, end) - begin, ascii - begin) << bytes;
    ASSERT_EQ(static_cast<std::size_t>(skip_utf8<Stops>(begin, end) - begin),
              plain_skip<Stops>(bytes))
        << bytes;
}

void expect_plain_for_all(std::string_view bytes) {
    expect_plain<TextStops>(bytes);
    expect_plain<CdataStops>(bytes);
    expect_plain<ValueStops<'"'>>(bytes);
    expect_plain<ValueStops<'\''>>(bytes);
}

TEST(ByteScan, StopsAtEveryByteAsThePlainLoopDoes) {
    for (std::size_t size = 1; size <= 150; size += size < 40 ? 1 : 13) {
        for (std::size_t place = 0; place < size; place += size < 40 ? 3 : 7) {
            for (int byte = 0; byte < 256; byte += byte < 0x80 ? 1 : 5) {
                std::string bytes(size, 'x');
                bytes[place] = static_cast<char>(byte);
                expect_plain_for_all(bytes);
            }
        }
    }
}

TEST(ByteScan, FindsBrokenSequencesAtEveryPlace) {
    for (const std::string_view piece : {"\xC3\xA9",
                                         "\xE4\xBD\xA0",
                                         "\xF0\x9F\x98\x80",
                                         "\xEF\xBF\xBD",
                                         "\xED\x9F\xBF",
                                         "\xE0\xA0\x80",
                                         "\xF4\x8F\xBF\xBF",
                                         "\xC0\x80",
                                         "\xC1\xBF",
                                         "\xE0\x9F\xBF",
                                         "\xED\xA0\x80",
                                         "\xEF\xBF\xBE",
                                         "\xEF\xBF\xBF",
                                         "\xF0\x8F\xBF\xBF",
                                         "\xF4\x90\x80\x80",
                                         "\xF5\x80\x80\x80",
                                         "\xFF",
                                         "\x80",
                                         "\xE4\xBD",
                                         "\xF0\x9F\x98",
                                         "\xE4<",
                                         "\xC3&",
                                         "\xF0\x9F>"}) {
        for (const std::string_view filler :
             {"x", "\xD0\x9F", "\xE4\xBD\xA0", "\xF0\x9F\x98\x80"}) {
            for (std::size_t before = 0; before < 70; ++before) {
                std::string bytes;
                for (std::size_t i = 0; i < before; ++i) bytes += i % 7 == 6 ? " " : filler;
                bytes += piece;
                expect_plain_for_all(bytes);
                for (int i = 0; i < 40; ++i) bytes += filler;
                expect_plain_for_all(bytes);
            }
        }
    }
}

TEST(ByteScan, AgreesWithThePlainLoopOnRandomBytes) {
    std::mt19937 random(7);
    constexpr std::string_view kPieces[] = {"a",
                                            "plain text",
                                            "\xD0\xB0",
                                            "\xE4\xBD\xA0",
                                            "\xEF\xBC\x8C",
                                            "\xF0\x9F\x98\x80",
                                            "\xED\x95\x9C",
                                            "\xE0\xB8\x81",
                                            "\n"};
    for (int round = 0; round < 20'000; ++round) {
        std::string bytes;
        for (auto pieces = random() % 40; pieces > 0; --pieces)
            bytes += kPieces[random() % std::size(kPieces)];
        if (!bytes.empty() && random() % 2 == 0)
            bytes[random() % bytes.size()] = static_cast<char>(random());
        expect_plain_for_all(bytes);
    }
}

TEST(ByteScan, DecodesEveryCharacter) {
    for (std::uint32_t code = 0x80; code <= 0x10FFFF; ++code) {
        std::string bytes;
        const auto add = [&](std::uint32_t byte) { bytes.push_back(static_cast<char>(byte)); };
        if (code < 0x800) {
            add(0xC0 | code >> 6);
        } else {
            if (code < 0x10000) {
                add(0xE0 | code >> 12);
            } else {
                add(0xF0 | code >> 18);
                add(0x80 | (code >> 12 & 0x3F));
            }
            add(0x80 | (code >> 6 & 0x3F));
        }
        add(0x80 | (code & 0x3F));
        const Utf8Sequence sequence = decode(bytes);
        if (code >= 0xD800 && code < 0xE000) {
            ASSERT_EQ(sequence.status, Utf8Status::malformed) << code;
        } else if (code == 0xFFFE || code == 0xFFFF) {
            ASSERT_EQ(sequence.status, Utf8Status::not_char) << code;
        } else {
            ASSERT_EQ(sequence.status, Utf8Status::valid) << code;
            ASSERT_EQ(sequence.code, code);
            ASSERT_EQ(sequence.size, bytes.size());
            ASSERT_EQ(decode(bytes.substr(0, bytes.size() - 1)).status, Utf8Status::incomplete)
                << code;
        }
    }
}

TEST(ByteScan, SettlesABrokenSequenceByItsFewestBytes) {
    EXPECT_EQ(decode("\xE0").status, Utf8Status::incomplete);
    EXPECT_EQ(decode("\xE0\x9F").status, Utf8Status::malformed);
    EXPECT_EQ(decode("\xED\xA0").status, Utf8Status::malformed);
    EXPECT_EQ(decode("\xF0\x8F").status, Utf8Status::malformed);
    EXPECT_EQ(decode("\xF4\x90").status, Utf8Status::malformed);
    EXPECT_EQ(decode("\xEF\xBF").status, Utf8Status::incomplete);
    EXPECT_EQ(decode("\xC1").status, Utf8Status::malformed);
    EXPECT_EQ(decode("\x80").status, Utf8Status::malformed);
}

TEST(ByteScan, KnowsWhichCharactersXmlHas) {
    for (const std::uint32_t code :
         {0x9U, 0xAU, 0xDU, 0x20U, 0x7FU, 0x85U, 0xD7FFU, 0xE000U, 0xFFFDU, 0x10000U, 0x10FFFFU})
        EXPECT_TRUE(is_xml_char(code)) << code;
    for (const std::uint32_t code :
         {0x0U, 0x8U, 0xBU, 0xCU, 0x1FU, 0xD800U, 0xDFFFU, 0xFFFEU, 0xFFFFU, 0x110000U})
        EXPECT_FALSE(is_xml_char(code)) << code;
}

TEST(ByteScan, RunsOverNamesAndNotesColons) {
    const std::string_view names = "ab:c-1._Z: =padding behind";
    const NameRun run = name_run(names.data());
    EXPECT_EQ(run.size, 10U);
    EXPECT_EQ(run.colons, 1U << 2 | 1U << 9);
    EXPECT_EQ(name_run("0123456789abcdefg").size, 16U);
    for (int byte = 0; byte < 256; ++byte) {
        const std::string bytes(16, static_cast<char>(byte));
        const bool in_name = byte_is(bytes[0], kNameByte) || bytes[0] == ':';
        EXPECT_EQ(name_run(bytes.data()).size, in_name ? 16U : 0U) << byte;
    }
}

TEST(ByteScan, ComparesTheFirstBytesOnly) {
    EXPECT_TRUE(same_bytes("message>........", "message to='....", 7));
    EXPECT_FALSE(same_bytes("messagf>........", "message to='....", 7));
    EXPECT_TRUE(same_bytes("0123456789abcdef", "0123456789abcdef", 16));
    EXPECT_FALSE(same_bytes("0123456789abcdef", "0123456789abcdeg", 16));
}

}  // namespace
}  // namespace xmpp
