#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <new>
#include <string>
#include <utility>

#include "core/strong.h"

namespace core {
namespace {

using Password = Secret<struct PasswordTag>;

// A short string lies in the object itself, so what stays behind can be looked at.
TEST(SecretTest, LeavesNoByteBehindWhenItIsMovedOrDies) {
    alignas(Password) std::array<unsigned char, sizeof(Password)> memory{};
    const auto holds_password = [&] { return std::ranges::count(memory, 'x') >= 5; };
    auto* const first = new (memory.data()) Password(std::string("xxxxx"));
    ASSERT_TRUE(holds_password());

    const Password second(std::move(*first));

    EXPECT_EQ(second.reveal(), "xxxxx");
    EXPECT_FALSE(holds_password());
    *first = second;
    EXPECT_TRUE(holds_password());
    first->~Password();
    EXPECT_FALSE(holds_password());
}

}  // namespace
}  // namespace core
