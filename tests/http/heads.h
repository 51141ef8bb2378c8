#pragma once
// Heads made of text, for tests of what stands on them.

#include <gtest/gtest.h>

#include <string_view>

#include "http/request_reader.h"
#include "http/response_reader.h"

namespace test {

/// The head of a request that must be accepted whole.
inline http::RequestHead request_head(std::string_view text) {
    static constexpr http::HeadLimits kLimits;
    http::RequestReader reader(kLimits);
    EXPECT_EQ(reader.feed(text), text.size()) << text;
    EXPECT_EQ(reader.state(), http::RequestReader::State::complete) << text;
    return reader.take();
}

/// The same of a response to `method`.
inline http::ResponseHead response_head(std::string_view text,
                                        http::Method method = http::Method::get) {
    http::ResponseReader reader(method);
    EXPECT_EQ(reader.feed(text), text.size()) << text;
    EXPECT_EQ(reader.state(), http::ResponseReader::State::complete) << text;
    return reader.take();
}

}  // namespace test
