#include "xmpp/stream_error.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "xmpp/element.h"
#include "xmpp/namespaces.h"

namespace xmpp {
namespace {

constexpr std::string_view kClose = "</stream:stream>";

TEST(StreamError, WritesConditionAndCloses) {
    EXPECT_EQ(stream_error_and_close(StreamErrorCondition::not_well_formed),
              "<stream:error><not-well-formed xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>"
              "</stream:error></stream:stream>");
}

TEST(StreamError, WritesEscapedEnglishText) {
    EXPECT_EQ(
        stream_error_and_close(StreamErrorCondition::policy_violation, "use <starttls/>"),
        "<stream:error><policy-violation xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>"
        "<text xmlns='urn:ietf:params:xml:ns:xmpp-streams' xml:lang='en'>use &lt;starttls/&gt;"
        "</text></stream:error></stream:stream>");
}

TEST(StreamError, EveryConditionHasItsOwnElement) {
    std::set<std::string> names;
    constexpr int kLast = static_cast<int>(StreamErrorCondition::unsupported_version);
    for (int i = 0; i <= kLast; ++i) {
        const auto condition = static_cast<StreamErrorCondition>(i);
        std::string bytes = stream_error_and_close(condition, "why");
        ASSERT_TRUE(bytes.ends_with(kClose));
        bytes.resize(bytes.size() - kClose.size());
        const ElementReader reader(bytes);
        EXPECT_TRUE(reader.root().is("error", ns::kStreams));
        EXPECT_TRUE(reader.root().child(to_string(condition), ns::kStreamErrors)) << bytes;
        EXPECT_EQ(reader.root().child("text", ns::kStreamErrors).text(), "why");
        names.emplace(to_string(condition));
        EXPECT_EQ(condition_named(to_string(condition)), condition);
    }
    EXPECT_EQ(names.size(), 25u);
    EXPECT_FALSE(condition_named("no-such-condition"));
}

}  // namespace
}  // namespace xmpp
