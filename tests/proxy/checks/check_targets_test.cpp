#include "proxy/checks/check_targets.h"

#include <gtest/gtest.h>

namespace proxy {
namespace {

conf::Config config_of(const std::vector<std::pair<std::string, std::string>>& domains) {
    conf::Config config;
    for (const auto& [name, pool] : domains) config.domains.push_back({name, pool});
    return config;
}

CheckTarget at(const conf::Config& config, std::size_t turn) {
    conf::Backend backend;
    backend.host = "backend.example.net";
    return check_targets(config, "main").at(turn, backend);
}

TEST(CheckTargets, AreThePoolsDomainsInTurn) {
    const auto config = config_of({{"*.example.org", "main"},
                                   {"a.example.org", "main"},
                                   {"other.example", "other"},
                                   {"b.example.org", "main"}});
    EXPECT_EQ(at(config, 0), (CheckTarget{"a.example.org", true}));
    EXPECT_EQ(at(config, 1), (CheckTarget{"b.example.org", true}));
    EXPECT_EQ(at(config, 2), (CheckTarget{"a.example.org", true, HeaderForm::user}));
    EXPECT_EQ(at(config, 3), (CheckTarget{"b.example.org", true, HeaderForm::user}));
    EXPECT_EQ(at(config, 4), (CheckTarget{"a.example.org", true}));
}

TEST(CheckTargets, AWildcardIsCheckedByItsBase) {
    const auto config = config_of({{"other.example", "other"}, {"*.example.org", "main"}});
    EXPECT_EQ(at(config, 0), (CheckTarget{"example.org", false}));
    EXPECT_EQ(at(config, 1), (CheckTarget{"example.org", false}));
}

TEST(CheckTargets, WithoutAnyNameAnotherDomainOrTheHostStandsIn) {
    EXPECT_EQ(at(config_of({{"*", "main"}, {"other.example", "other"}}), 0),
              (CheckTarget{"other.example", false}));
    EXPECT_EQ(at(config_of({{"*", "main"}}), 0), (CheckTarget{"backend.example.net", false}));
    EXPECT_EQ(at(config_of({}), 0), (CheckTarget{"backend.example.net", false}));
}

}  // namespace
}  // namespace proxy
