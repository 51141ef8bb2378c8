#pragma once
// Heads made of text, for tests of what stands on them.

#include <gtest/gtest.h>

#include <string_view>

#include "http/request_reader.h"
#include "http/response_reader.h"

namespace http::test {

/// The head of a request that must be accepted whole.
inline RequestHead request_head(std::string_view text) {
    static constexpr HeadLimits kLimits;
    RequestReader reader(kLimits);
    EXPECT_EQ(reader.feed(text), text.size()) << text;
    EXPECT_EQ(reader.state(), RequestReader::State::complete) << text;
    return reader.take();
}

/// The same of a response to `method`.
inline ResponseHead response_head(std::string_view text, Method method = Method::get) {
    ResponseReader reader(method);
    EXPECT_EQ(reader.feed(text), text.size()) << text;
    EXPECT_EQ(reader.state(), ResponseReader::State::complete) << text;
    return reader.take();
}

}  // namespace http::test
