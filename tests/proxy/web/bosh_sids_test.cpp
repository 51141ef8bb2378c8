// Aim: a sid leads to its worker, and nothing else is one.

#include "proxy/web/bosh_sids.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace proxy {
namespace {

TEST(BoshSidsTest, LeadToTheirWorker) {
    const BoshSids sids;
    for (const unsigned worker : {0U, 1U, 7U, 255U})
        EXPECT_EQ(sids.worker_of(sids.make(worker).reveal()), worker);
}

TEST(BoshSidsTest, HaveNothingInCommon) {
    const BoshSids sids;
    std::set<std::string> made;
    std::set<char> last;
    for (int i = 0; i < 1'000; ++i) {
        const std::string sid(sids.make(3).reveal());
        made.insert(sid);
        last.insert(sid.back());
    }
    EXPECT_EQ(made.size(), 1'000U);
    EXPECT_EQ(last.size(), 16U);  // the worker does not show
}

TEST(BoshSidsTest, WhatIsNotOursIsNone) {
    const BoshSids sids;
    const BoshSids other;
    const std::string sid(sids.make(1).reveal());
    EXPECT_EQ(other.worker_of(sid), std::nullopt);
    EXPECT_EQ(sids.worker_of(""), std::nullopt);
    EXPECT_EQ(sids.worker_of(sid.substr(1)), std::nullopt);
    EXPECT_EQ(sids.worker_of(sid + "0"), std::nullopt);
    EXPECT_EQ(sids.worker_of(std::string(sid.size(), 'x')), std::nullopt);
    for (std::size_t i = 0; i < sid.size() - 2; ++i) {  // but for the worker
        std::string changed = sid;
        changed[i] = changed[i] == '0' ? '1' : '0';
        EXPECT_EQ(sids.worker_of(changed), std::nullopt) << i;
    }
}

}  // namespace
}  // namespace proxy
