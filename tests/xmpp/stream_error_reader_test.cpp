#include "xmpp/stream_error_reader.h"

#include <gtest/gtest.h>

#include <string>

namespace xmpp {
namespace {

std::string error(const std::string& content) {
    return "<stream:error>" + content + "</stream:error>";
}

TEST(StreamErrorReader, ReadsBackEveryCondition) {
    for (int i = 0; i <= static_cast<int>(StreamErrorCondition::unsupported_version); ++i) {
        const auto condition = static_cast<StreamErrorCondition>(i);
        const std::string written = stream_error_and_close(condition, "words");
        const std::string element = written.substr(0, written.rfind("</stream:stream>"));
        EXPECT_EQ(read_stream_error(element), condition);
    }
}

TEST(StreamErrorReader, FindsTheConditionBehindTextAndOtherThings) {
    EXPECT_EQ(
        read_stream_error(error("<text xmlns='urn:ietf:params:xml:ns:xmpp-streams'>x</text>"
                                "<conflict xmlns='urn:x'/>"
                                "<host-unknown xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>")),
        StreamErrorCondition::host_unknown);
}

TEST(StreamErrorReader, ResolvesPrefixesOfTheStreamHeader) {
    const NamespaceBindings outer{{"s", "http://etherx.jabber.org/streams"},
                                  {"e", "urn:ietf:params:xml:ns:xmpp-streams"}};
    EXPECT_EQ(read_stream_error("<s:error><e:conflict/></s:error>", outer),
              StreamErrorCondition::conflict);
}

TEST(StreamErrorReader, WhatIsNotDefinedIsUndefined) {
    EXPECT_EQ(read_stream_error(error("")), StreamErrorCondition::undefined_condition);
    EXPECT_EQ(read_stream_error(error("<full-moon xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>")),
              StreamErrorCondition::undefined_condition);
}

}  // namespace
}  // namespace xmpp
