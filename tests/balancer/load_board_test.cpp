#include "balancer/load_board.h"

#include <gtest/gtest.h>

#include <utility>

namespace balancer {
namespace {

const BackendId kFirst(0);
const BackendId kLast(kMaxBackends - 1);

TEST(LoadBoard, SumsTheSessionsOfAllWorkers) {
    LoadBoard board(3);
    const SessionSlot a = board.take(0, kFirst);
    const SessionSlot b = board.take(1, kFirst);
    const SessionSlot c = board.take(2, kFirst);
    const SessionSlot other = board.take(2, kLast);
    EXPECT_EQ(board.sessions(kFirst), 3U);
    EXPECT_EQ(board.sessions(kLast), 1U);
    EXPECT_EQ(board.sessions(BackendId(1)), 0U);
}

TEST(LoadBoard, ASlotEndsExactlyOnce) {
    LoadBoard board(1);
    SessionSlot slot = board.take(0, kFirst);
    slot.release();
    EXPECT_FALSE(slot);
    EXPECT_EQ(board.sessions(kFirst), 0U);
    slot.release();
    EXPECT_EQ(board.sessions(kFirst), 0U);
}

TEST(LoadBoard, AMovedSlotCountsOnce) {
    LoadBoard board(1);
    {
        SessionSlot slot = board.take(0, kFirst);
        SessionSlot moved(std::move(slot));
        EXPECT_TRUE(moved);
        EXPECT_EQ(board.sessions(kFirst), 1U);
        SessionSlot assigned = board.take(0, kLast);
        assigned = std::move(moved);
        EXPECT_EQ(board.sessions(kFirst), 1U);
        EXPECT_EQ(board.sessions(kLast), 0U);
    }
    EXPECT_EQ(board.sessions(kFirst), 0U);
}

TEST(LoadBoard, SumsTheLoginsOfAllWorkers) {
    LoadBoard board(2);
    board.count_login(0, kFirst);
    board.count_login(1, kFirst);
    board.count_login(1, kLast);
    EXPECT_EQ(board.logins(kFirst), 2U);
    EXPECT_EQ(board.logins(kLast), 1U);
    EXPECT_EQ(board.logins(BackendId(1)), 0U);
}

TEST(LoadBoard, LoginsBeginAnewForTheNextOwnerOfAnId) {
    LoadBoard board(2);
    board.count_login(0, kFirst);
    board.count_login(1, kFirst);
    board.begin_anew(kFirst);
    EXPECT_EQ(board.logins(kFirst), 0U);
    board.count_login(1, kFirst);
    EXPECT_EQ(board.logins(kFirst), 1U);
}

}  // namespace
}  // namespace balancer
