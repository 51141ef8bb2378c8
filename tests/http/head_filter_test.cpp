// Aim: the filter refuses by itself what llhttp would refuse, too, in this version of it.

#include "http/head_filter.h"

#include <gtest/gtest.h>

#include <string>

#include "http/field_text.h"

namespace http {
namespace {

using namespace std::string_literals;
using FilterState = HeadFilter::State;

FilterState filtered(const std::string& bytes, HeadKind kind = HeadKind::request) {
    static constexpr HeadLimits kLimits;
    HeadFilter filter(kind, kLimits);
    std::string_view rest = bytes;
    while (!rest.empty() && filter.state() == FilterState::reading)
        rest.remove_prefix(filter.feed(rest));
    return filter.state();
}

TEST(HeadFilter, KnowsEachByteThatMayStandInAField) {
    for (int byte = 0; byte < 256; ++byte) {
        const std::string one(1, static_cast<char>(byte));
        const std::string front = "GET / HTTP/1.1\r\n";
        const bool is_value = byte == '\t' || (byte >= 0x20 && byte != 0x7F);
        EXPECT_EQ(filtered(front + "A: b" + one + "c\r\n\r\n") == FilterState::complete, is_value)
            << byte;
        EXPECT_EQ(filtered(front + "A" + one + "b: c\r\n\r\n") == FilterState::complete,
                  is_token(one) || byte == ':')
            << byte;
    }
}

TEST(HeadFilter, LetsResponsesSayMoreInTheirFirstLine) {
    const std::string head = "HTTP/1.1 200 \xc3\xa4\t!\r\n\r\n";
    EXPECT_EQ(filtered(head), FilterState::refused);
    EXPECT_EQ(filtered(head, HeadKind::response), FilterState::complete);
    EXPECT_EQ(filtered("HTTP/1.1 200 \0\r\n\r\n"s, HeadKind::response), FilterState::refused);
}

TEST(HeadFilter, ReadsTrailersWithoutAFirstLine) {
    EXPECT_EQ(filtered("\r\n", HeadKind::trailers), FilterState::complete);
    EXPECT_EQ(filtered("A: b\r\n\r\n", HeadKind::trailers), FilterState::complete);
    EXPECT_EQ(filtered("GET / HTTP/1.1\r\n", HeadKind::trailers), FilterState::refused);
}

}  // namespace
}  // namespace http
