#include "backend/rules/token.h"

#include <gtest/gtest.h>

#include <set>

namespace backend {
namespace {

TEST(Token, IsOfHarmlessCharactersAndNeverTheSame) {
    std::set<std::string> seen;
    for (int i = 0; i < 1'000; ++i) {
        const std::string token = make_token();
        EXPECT_EQ(token.size(), 24u);
        EXPECT_EQ(token.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                          "0123456789-_"),
                  std::string::npos)
            << token;
        EXPECT_TRUE(seen.insert(token).second);
    }
}

}  // namespace
}  // namespace backend
