#include "backend/rules/addressing.h"

#include <gtest/gtest.h>

#include "backend/rules/plan_values.h"

namespace backend {
namespace {

Target target(const std::string& attributes) {
    static const std::vector<std::string> domains{"example.org", "xn--bcher-kva.example"};
    const PlanContext context{.now = {}, .domains = domains, .version = {}};
    const std::string bytes = "<message" + attributes + "/>";
    const xmpp::ElementReader reader(bytes);
    return target_of(*open_stanza(bytes, reader.root()), "me@example.org", context);
}

TEST(Addressing, FindsTheFourPlaces) {
    EXPECT_EQ(target(" to='example.org'").place, Place::server);
    EXPECT_EQ(target(" to='EXAMPLE.org'").place, Place::server);
    EXPECT_EQ(target(" to='example.org/x'").place, Place::nowhere);
    EXPECT_EQ(target(" to='a@example.net'").place, Place::remote);
    EXPECT_EQ(target(" to='sub.example.org'").place, Place::remote);
    EXPECT_EQ(target(" to='a@example.org'").place, Place::account);
    EXPECT_EQ(target(" to='a@bücher.example'").place, Place::account);
}

TEST(Addressing, SplitsAccountAndResource) {
    const Target full = target(" to='A@example.org/B/c'");
    EXPECT_EQ(full.user, "a@example.org");
    EXPECT_EQ(full.resource, "B/c");
    EXPECT_EQ(target("").user, "me@example.org");
    EXPECT_EQ(target("").resource, "");
}

TEST(Addressing, TakesPreparedJidsApart) {
    EXPECT_EQ(bare_of("a@b/c@d"), "a@b");
    EXPECT_EQ(domain_of("a@b/c@d"), "b");
    EXPECT_EQ(domain_of("b/c"), "b");
    EXPECT_EQ(bare_of("b"), "b");
}

}  // namespace
}  // namespace backend
