#include "core/alive.h"

#include <gtest/gtest.h>

#include <functional>
#include <optional>
#include <string>

namespace {

struct Asker {
    core::Alive alive;
    std::string heard;

    std::function<void(std::string)> answered() {
        return alive.guarded([this](std::string answer) { heard += std::move(answer); });
    }
};

TEST(Alive, AnswersReachTheirOwnerEachTime) {
    Asker asker;
    const auto answered = asker.answered();
    answered("first ");
    answered("second");
    EXPECT_EQ(asker.heard, "first second");
}

TEST(Alive, AnswersComeToNothingWhenTheOwnerIsGone) {
    bool is_called = false;
    std::optional<core::Alive> alive(std::in_place);
    const std::function<void()> late = alive->guarded([&] { is_called = true; });
    const std::function<void()> copy = late;
    const core::Alive::Tie tie = alive->tie();
    EXPECT_TRUE(tie);
    alive.reset();
    EXPECT_FALSE(tie);
    late();
    copy();
    EXPECT_FALSE(is_called);
}

TEST(Alive, AnAnswerMayDestroyTheOwner) {
    std::optional<core::Alive> alive(std::in_place);
    std::string after;
    const std::function<void()> last =
        alive->guarded([&alive, &after, text = std::string("whole")] {
            alive.reset();
            after = text;
        });
    last();
    last();
    EXPECT_EQ(after, "whole");
}

}  // namespace
