#include "proxy/worker/worker_counts.h"

#include <gtest/gtest.h>

namespace proxy {
namespace {

TEST(AcceptedCounts, AddWorkersUpAndOutliveAListener) {
    AcceptedCounts counts(2);
    const AcceptedCounts::Key first{"127.0.0.1:5222", conf::ListenKind::c2s};
    const AcceptedCounts::Key second{"127.0.0.1:5223", conf::ListenKind::c2s_tls};
    core::Count& kept = counts.of(first, 0);
    kept.add();
    counts.of(first, 1).add(2);
    counts.of(second, 1);
    EXPECT_EQ(&counts.of(first, 0), &kept);
    EXPECT_EQ(counts.tally(),
              (std::map<AcceptedCounts::Key, std::uint64_t>{{first, 3}, {second, 0}}));
}

TEST(WorkerCounts, TellTransportsApart) {
    WorkerCounts counts;
    for (const std::string_view transport : kTransports) counts.there_by(transport).add();
    counts.there_by("bosh").take_back();
    EXPECT_EQ(counts.there[0].value(), 1U);
    EXPECT_EQ(counts.there[3].value(), 0U);
}

TEST(WebCounts, CodesThatNobodyKnowsAreOne) {
    WebCounts counts;
    for (const std::uint16_t code : {1000, 1011, 4000, 4001, 0}) counts.note_close(code);
    WebTally tally;
    counts.add_to(tally);
    EXPECT_EQ(tally.closes, (std::array<std::uint64_t, 9>{1, 0, 0, 0, 0, 0, 0, 1, 3}));
}

TEST(LinkFailures, AreAllCounted) {
    for (std::size_t i = 0; i < kLinkFailures.size(); ++i)
        EXPECT_EQ(static_cast<std::size_t>(kLinkFailures[i]), i);
}

}  // namespace
}  // namespace proxy
