#include "proxy/resumption/tags.h"

#include <gtest/gtest.h>

#include <random>
#include <set>
#include <string>
#include <utility>

namespace proxy {
namespace {

using balancer::Owner;
using balancer::owner_of;

const Owner kOwner = owner_of("main", "a");

std::string tag_in(std::string_view id) {
    return std::string(id.substr(0, ResumptionTags::kChars));
}

TEST(ResumptionTags, OwnersAreOnesForPoolAndName) {
    EXPECT_EQ(owner_of("main", "a"), kOwner);
    EXPECT_NE(owner_of("main", "b"), kOwner);
    EXPECT_NE(owner_of("other", "a"), kOwner);
    EXPECT_NE(owner_of("ab", "c"), owner_of("a", "bc"));
    EXPECT_LT(kOwner.get(), std::uint64_t{1} << balancer::kOwnerBits);
}

TEST(ResumptionTags, AnIdGoesOutAndComesBackUnchanged) {
    const ResumptionTags tags(*core::TicketKeys::generate());
    for (const std::string& id :
         {std::string(), std::string("x"), std::string("aGVsbG8+/w=="), std::string(1'400, 'r'),
          std::string("with 'quotes' & \"more\" <>"), std::string("\0\xff", 2)}) {
        const std::string known = tags.tagged(kOwner, id);
        ASSERT_EQ(known.size(), id.size() + ResumptionTags::kChars);
        EXPECT_EQ(tag_in(known).find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                                  "abcdefghijklmnopqrstuvwxyz0123456789-_"),
                  std::string::npos);
        const auto read = tags.read(known);
        ASSERT_TRUE(read);
        EXPECT_EQ(read->owner, kOwner);
        EXPECT_EQ(read->id, id);
        EXPECT_EQ(read->tag, tag_in(known));
        EXPECT_EQ(tags.tagged(kOwner, id), known) << "<resumed/> has it again";
    }
}

TEST(ResumptionTags, WhatIsNotOursIsNoTag) {
    const ResumptionTags tags(*core::TicketKeys::generate());
    const std::string known = tags.tagged(kOwner, "id");
    EXPECT_FALSE(tags.read(""));
    EXPECT_FALSE(tags.read("id"));
    EXPECT_FALSE(tags.read(known + "x"));
    EXPECT_FALSE(tags.read(known.substr(0, known.size() - 1)));
    EXPECT_FALSE(tags.read(tag_in(known) + "another"));
    EXPECT_FALSE(tags.read(std::string(5'000, 'a')));
    EXPECT_FALSE(ResumptionTags(*core::TicketKeys::generate()).read(known)) << "a foreign key";
    for (std::size_t at = 0; at < known.size(); ++at) {
        for (const char put : {'A', 'B', '+', '/', '=', '\0'}) {
            std::string forged = known;
            if (std::exchange(forged[at], put) == put) continue;
            EXPECT_FALSE(tags.read(forged)) << at;
        }
    }
    std::mt19937 random(1);
    for (int i = 0; i < 10'000; ++i) {
        std::string noise(random() % 60, ' ');
        for (char& c : noise) c = static_cast<char>(random());
        EXPECT_FALSE(tags.read(noise));
    }
}

/// The topology cannot be read: no part of a tag is the same for two ids of one backend.
TEST(ResumptionTags, TwoIdsOfOneBackendHaveNothingInCommon) {
    const ResumptionTags tags(*core::TicketKeys::generate());
    constexpr std::size_t kPart = ResumptionTags::kChars / 2;
    std::set<std::string> parts;
    for (int i = 0; i < 1'000; ++i) {
        const std::string tag = tag_in(tags.tagged(kOwner, std::to_string(i)));
        EXPECT_TRUE(parts.insert(tag.substr(0, kPart)).second);
        EXPECT_TRUE(parts.insert(tag.substr(kPart)).second);
    }
    EXPECT_NE(tag_in(tags.tagged(kOwner, "id")), tag_in(tags.tagged(owner_of("main", "b"), "id")));
}

TEST(ResumptionTags, LongIdsStayAsTheyAre) {
    const ResumptionTags tags(*core::TicketKeys::generate());
    constexpr std::size_t kLongest = ResumptionTags::kLongestId - ResumptionTags::kChars;
    EXPECT_EQ(tags.tagged(kOwner, std::string(kLongest, 'i')).size(), ResumptionTags::kLongestId);
    const std::string longer(kLongest + 1, 'i');
    EXPECT_EQ(tags.tagged(kOwner, longer), longer);
}

TEST(ResumptionTags, KeysThatWereRotatedAwayFromStillOpen) {
    const auto first = core::TicketKeys::generate();
    const std::string known = ResumptionTags(*first).tagged(kOwner, "id");
    const auto second = first->rotated();
    const ResumptionTags after(*second);
    ASSERT_TRUE(after.read(known));
    EXPECT_NE(after.tagged(kOwner, "id"), known);
    std::shared_ptr<const core::TicketKeys> keys = second;
    for (std::size_t i = 0; i < core::TicketKeys::kRotatedKeys; ++i) keys = keys->rotated();
    EXPECT_FALSE(ResumptionTags(*keys).read(known));
}

}  // namespace
}  // namespace proxy
