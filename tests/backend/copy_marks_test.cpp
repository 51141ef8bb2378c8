#include "backend/copy_marks.h"

#include <gtest/gtest.h>

namespace backend {
namespace {

TEST(CopyMarks, TellSessionsApart) {
    Route a, b, c;
    a.session = SessionId("a");
    b.session = SessionId("b");
    c.session = SessionId("c");
    const std::string marked = with_copy_mark("<message/>", "u@x", {&a, &b});
    const xmpp::ElementReader reader(marked);
    EXPECT_TRUE(has_copy(reader.root(), "u@x", a));
    EXPECT_TRUE(has_copy(reader.root(), "u@x", b));
    EXPECT_FALSE(has_copy(reader.root(), "u@x", c));
    EXPECT_FALSE(has_copy(reader.root(), "v@x", a)) << "somebody else's mark";
    EXPECT_EQ(with_copy_mark("<message/>", "u@x", {&a}), "<message/>");
}

}  // namespace
}  // namespace backend
