#include "proxy/session/session_counts.h"

#include <gtest/gtest.h>

#include <numeric>

namespace proxy {
namespace {

TEST(SessionCounts, AddUp) {
    SessionCounts one;
    SessionCounts other;
    one.note(Sender::client, {.consumed = 300, .stanzas = {.messages = 2, .iqs = 1}});
    one.note(Sender::backend, {.consumed = 50});
    other.note(Sender::client, {.consumed = 7, .stanzas = {.presences = 4}});
    one.note(Sender::client, {.consumed = 5, .sent = 9});
    one.note_error(ErrorFrom::backend, xmpp::StreamErrorCondition::conflict);
    one.note_end(EndReason::upgrade);
    other.note_end(EndReason::upgrade);
    other.note_end(EndReason::client_closed);

    SessionTally tally;
    one.add_to(tally);
    other.add_to(tally);

    EXPECT_EQ(tally.bytes, (std::array<std::uint64_t, 2>{312, 50}));
    EXPECT_EQ(tally.sent,
              (std::array<std::uint64_t, 2>{0, 9}));  // what a client sends is a backend's
    EXPECT_EQ(tally.errors[1][static_cast<std::size_t>(xmpp::StreamErrorCondition::conflict)], 1U);
    EXPECT_EQ(tally.stanzas[0], (StanzaCounts{.messages = 2, .presences = 4, .iqs = 1}));
    EXPECT_EQ(tally.stanzas[0].all(), 7U);
    EXPECT_EQ(tally.stanzas[1], StanzaCounts{});
    EXPECT_EQ(tally.ends[static_cast<std::size_t>(EndReason::upgrade)], 2U);
    EXPECT_EQ(std::accumulate(tally.ends.begin(), tally.ends.end(), std::uint64_t{0}), 3U);
}

TEST(EndReasons, AreAllCounted) {
    for (std::size_t i = 0; i < kEndReasons.size(); ++i) {
        EXPECT_EQ(static_cast<std::size_t>(kEndReasons[i]), i);
        EXPECT_NE(to_string(kEndReasons[i]), "unknown");
    }
}

}  // namespace
}  // namespace proxy
