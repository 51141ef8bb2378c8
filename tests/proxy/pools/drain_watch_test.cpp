// Aim: each drain that has sessions to wait for ends with one word, once the last has gone; none
// for what is ready again.

#include "proxy/pools/drain_watch.h"

#include <gtest/gtest.h>

#include <vector>

#include "tests/support/run_loop.h"

namespace proxy {
namespace {

using balancer::AdminState;
using balancer::BackendId;

class DrainWatchTest : public testing::Test {
protected:
    void note(BackendId id, AdminState state) {
        watch_.note(id, {"main", std::to_string(id.get()), state});
    }
    bool until(std::size_t count) {
        return test::run_until(loop_, [&] { return drained_.size() == count; });
    }

    const BackendId a_{1};
    const BackendId b_{2};
    core::EventLoop loop_;
    balancer::LoadBoard loads_{1};
    std::vector<std::string> drained_;
    DrainWatch watch_{
        loop_, loads_, [this](const DrainWatch::Drained& what) {
            drained_.push_back(what.backend + " " + std::string(to_string(what.admin)));
        }};
};

TEST_F(DrainWatchTest, TellsEachOnceWhenItsLastSessionHasGone) {
    auto of_a = loads_.take(0, a_);
    auto other_of_a = loads_.take(0, a_);
    auto of_b = loads_.take(0, b_);
    note(a_, AdminState::drain);
    note(b_, AdminState::maintenance);
    of_a.release();
    of_b.release();
    ASSERT_TRUE(until(1));
    EXPECT_EQ(drained_[0], "2 maintenance");
    other_of_a.release();
    ASSERT_TRUE(until(2));
    EXPECT_EQ(drained_[1], "1 drain");
}

TEST_F(DrainWatchTest, HasNothingToSayOfWhatIsEmptyOrReadyAgain) {
    auto of_a = loads_.take(0, a_);
    auto of_b = loads_.take(0, b_);
    note(BackendId{3}, AdminState::drain);
    note(a_, AdminState::drain);
    note(b_, AdminState::drain);
    note(a_, AdminState::ready);
    of_a.release();
    of_b.release();
    ASSERT_TRUE(until(1));
    EXPECT_EQ(drained_, std::vector<std::string>{"2 drain"});
}

TEST(DrainWords, CountWhoIsLeft) {
    EXPECT_EQ(drain_words(3), "draining, 3 left");
    EXPECT_EQ(drain_words(0), "drained");
}

}  // namespace
}  // namespace proxy
