// Aim: the sid of a <body/> is found as soon as it is there, wherever it stands, and nowhere else.

#include "proxy/web/body_sid.h"

#include <gtest/gtest.h>

#include <string>

namespace proxy {
namespace {

using Kind = BodySid::Kind;

std::string sid_of(std::string_view start) {
    const BodySid found = find_body_sid(start);
    if (found.kind == Kind::need_more) return "more";
    return found.kind == Kind::none ? "none" : "sid " + std::string(found.sid);
}

TEST(BodySid, StandsAnywhereInTheStartTag) {
    EXPECT_EQ(sid_of("<body sid='a1'/>"), "sid a1");
    EXPECT_EQ(sid_of("<body rid='1' xmlns='x'\r\n\tsid = \"a1\">"), "sid a1");
    EXPECT_EQ(sid_of("\n<?xml version='1.0'?> <b:body xmlns:b='x' sid='a1'>"), "sid a1");
    EXPECT_EQ(sid_of("<body to='a>b' sid='a1'>"), "sid a1");
}

TEST(BodySid, IsNotFoundElsewhere) {
    EXPECT_EQ(sid_of("<body rid='1'/>"), "none");
    EXPECT_EQ(sid_of("<body rid='1'><x sid='a1'/></body>"), "none");
    EXPECT_EQ(sid_of("<body x:sid='a1' to=' sid=\"a1\"' sid=''/>"), "none");
    EXPECT_EQ(sid_of("<bodys sid='a1'/>"), "none");
    EXPECT_EQ(sid_of("sid='a1'"), "none");
    EXPECT_EQ(sid_of("<body sid=a1/>"), "none");
    EXPECT_EQ(sid_of("<body checked><x sid='a'/>"), "none");
}

TEST(BodySid, IsTheSameHoweverTheBytesAreCut) {
    const std::string text = "<?xml version='1.0'?>\n<body rid='1' sid='a1'/>";
    const std::size_t enough = text.find("'/>") + 1;
    for (std::size_t size = 0; size < text.size(); ++size)
        EXPECT_EQ(sid_of(text.substr(0, size)), size < enough ? "more" : "sid a1") << size;
}

}  // namespace
}  // namespace proxy
