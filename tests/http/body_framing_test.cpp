// Aim: the rules about lengths hold by themselves, whatever llhttp refuses before them.

#include "http/body_framing.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace http {
namespace {

/// "none", "length 4", "chunked", or the status that refuses them.
std::string framing(const std::vector<std::pair<std::string, std::string>>& fields,
                    int minor_version = 1) {
    std::string text;
    for (const auto& [name, value] : fields) text += name + value;
    std::vector<HeadFields::Spans> spans;
    std::size_t at = 0;
    const auto next = [&](const std::string& part) {
        at += part.size();
        return TextSpan::in(text, std::string_view(text).substr(at - part.size(), part.size()));
    };
    for (const auto& [name, value] : fields) {
        const TextSpan name_span = next(name);
        spans.push_back({name_span, next(value)});
    }
    const auto body = read_body_framing(HeadFields(text, spans), minor_version);
    if (!body) return std::to_string(body.error().status);
    if (body->kind == BodyKind::length) return "length " + std::to_string(body->length);
    return body->kind == BodyKind::chunked ? "chunked" : "none";
}

TEST(BodyFraming, IsSaidOnce) {
    EXPECT_EQ(framing({}), "none");
    EXPECT_EQ(framing({{"content-length", "4"}}), "length 4");
    EXPECT_EQ(framing({{"TRANSFER-ENCODING", "Chunked"}}), "chunked");
    EXPECT_EQ(framing({{"Content-Length", "4"}, {"Content-Length", "4"}}), "400");
    EXPECT_EQ(framing({{"Transfer-Encoding", "chunked"}, {"Transfer-Encoding", "chunked"}}), "400");
    EXPECT_EQ(framing({{"Content-Length", "4"}, {"Transfer-Encoding", "chunked"}}), "400");
}

TEST(BodyFraming, HasOneForm) {
    for (const std::string value : {"", "-1", "+4", "04", "4,4", "4 ", "1000000000000000000", "x"})
        EXPECT_EQ(framing({{"Content-Length", value}}), "400") << value;
    for (const std::string value : {"", "gzip", "gzip, chunked", "chunked, chunked", "chunked;a=b"})
        EXPECT_EQ(framing({{"Transfer-Encoding", value}}), "501") << value;
    EXPECT_EQ(framing({{"Transfer-Encoding", "chunked"}}, 0), "400");
}

}  // namespace
}  // namespace http
