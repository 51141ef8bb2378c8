#include "dns/srv.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>

namespace {

using Records = std::vector<dns::SrvRecord>;

dns::SrvRecord record(std::uint16_t priority, std::uint16_t weight, std::string target) {
    return {priority, weight, 5222, std::move(target), false};
}

std::string names(const Records& records) {
    std::string all;
    for (const auto& each : records) all += each.target;
    return all;
}

/// How often each order of the targets comes out over that many seeds.
std::map<std::string, int> orders(const Records& records, int draws) {
    std::map<std::string, int> seen;
    for (int seed = 0; seed < draws; ++seed) {
        ++seen[names(dns::order_srv(records, static_cast<std::uint64_t>(seed)))];
    }
    return seen;
}

bool by_target(const dns::SrvRecord& left, const dns::SrvRecord& right) {
    return left.target < right.target;
}

/// Chance of one order under RFC 2782 when the records were given in the order of their targets:
/// each pick falls on an integer in [0, sum], and 0 belongs to the record that stands first.
double chance(Records in_order) {
    double product = 1;
    while (!in_order.empty()) {
        int sum = 0;
        for (const auto& each : in_order) sum += each.weight;
        const auto first = std::min_element(in_order.begin(), in_order.end(),
                                            [](const auto& left, const auto& right) {
                                                return std::pair(left.weight != 0, left.target) <
                                                       std::pair(right.weight != 0, right.target);
                                            });
        const int marks = in_order.front().weight + (first == in_order.begin() ? 1 : 0);
        product *= marks / (sum + 1.0);
        in_order.erase(in_order.begin());
    }
    return product;
}

/// Pearson's sum over all orders of `expected`, against what the draw makes of `drawn`.
double chi_square(const Records& drawn, const Records& expected) {
    constexpr int kDraws = 60'000;
    const auto seen = orders(drawn, kDraws);
    Records order = expected;
    std::sort(order.begin(), order.end(), by_target);
    double sum = 0;
    double chances = 0;
    do {
        const double wanted = chance(order) * kDraws;
        const auto found = seen.find(names(order));
        const double difference = (found == seen.end() ? 0 : found->second) - wanted;
        sum += difference * difference / wanted;
        chances += chance(order);
    } while (std::next_permutation(order.begin(), order.end(), by_target));
    EXPECT_NEAR(chances, 1.0, 1e-9);
    return sum;
}

/// Six orders are 5 degrees of freedom: a fair draw passes this once in a thousand sets of seeds.
constexpr double kChiSquareLimit = 20.5;

TEST(Srv, DrawsAsOftenAsTheWeightsSay) {
    const Records three{record(1, 10, "a"), record(1, 30, "b"), record(1, 60, "c")};
    EXPECT_LT(chi_square(three, three), kChiSquareLimit);
}

TEST(Srv, AZeroWeightKeepsASmallChance) {
    const Records three{record(1, 10, "a"), record(1, 0, "b"), record(1, 4, "c")};
    EXPECT_LT(chi_square(three, three), kChiSquareLimit);
    const auto seen = orders(three, 15'000);
    int zero_first = 0;
    for (const auto& [order, count] : seen) zero_first += order.front() == 'b' ? count : 0;
    EXPECT_NEAR(zero_first, 1000, 150);  // one mark in fifteen
}

TEST(Srv, TheDistributionTestNoticesAWrongWeight) {
    const Records drawn{record(1, 10, "a"), record(1, 30, "b"), record(1, 60, "c")};
    Records expected = drawn;
    expected[0].weight = 12;
    EXPECT_GT(chi_square(drawn, expected), kChiSquareLimit);
}

TEST(Srv, OnlyZeroWeightsComeAllTheSame) {
    const Records zeros{record(1, 0, "a"), record(1, 0, "b"), record(1, 0, "c")};
    auto order = dns::order_srv(zeros, 7);
    std::sort(order.begin(), order.end());
    EXPECT_EQ(order, zeros);
}

TEST(Srv, TriesTiersInAscendingPriority) {
    const Records records{record(20, 1, "x"), record(5, 0, "a"), record(20, 65535, "y"),
                          record(5, 100, "b"), record(10, 3, "m")};
    for (std::uint64_t seed = 0; seed < 200; ++seed) {
        const std::string order = names(dns::order_srv(records, seed));
        EXPECT_TRUE(order.substr(0, 2) == "ab" || order.substr(0, 2) == "ba") << order;
        EXPECT_EQ(order[2], 'm') << order;
    }
}

TEST(Srv, TheSameSeedGivesTheSameOrder) {
    Records many;
    for (int i = 0; i < 300; ++i) many.push_back(record(1, 65535, std::to_string(i)));
    EXPECT_EQ(dns::order_srv(many, 42), dns::order_srv(many, 42));
    EXPECT_NE(dns::order_srv(many, 42), dns::order_srv(many, 43));
    EXPECT_TRUE(dns::order_srv({}, 1).empty());
}

TEST(Srv, ASetIsSortedAndHasEachRecordOnce) {
    const auto set = dns::make_srv_set(
        {record(2, 1, "b"), record(1, 1, "a"), record(2, 1, "b"), record(3, 1, "")});
    EXPECT_EQ(set.service, dns::Service::offered);
    EXPECT_EQ(set.records, (Records{record(1, 1, "a"), record(2, 1, "b")}));
}

TEST(Srv, TheRootAsOnlyTargetMeansNotOffered) {
    const auto set = dns::make_srv_set({record(0, 0, "")});
    EXPECT_EQ(set.service, dns::Service::not_offered);
    EXPECT_TRUE(set.records.empty());
    EXPECT_EQ(dns::make_srv_set({}).service, dns::Service::unknown);
}

TEST(Srv, MergesBothServicesIntoOneListOfTiers) {
    const auto starttls = dns::make_srv_set({record(1, 1, "a"), record(3, 1, "c")});
    const auto direct = dns::make_srv_set({record(1, 1, "a"), record(2, 1, "b")});
    const auto merged = dns::merge(starttls, direct);
    ASSERT_EQ(merged.service, dns::Service::offered);
    ASSERT_EQ(merged.records.size(), 4u);
    EXPECT_EQ(merged.records[0], (dns::SrvRecord{1, 1, 5222, "a", false}));
    EXPECT_EQ(merged.records[1], (dns::SrvRecord{1, 1, 5222, "a", true}));
    EXPECT_EQ(merged.records[2], (dns::SrvRecord{2, 1, 5222, "b", true}));
    EXPECT_EQ(merged.records[3], (dns::SrvRecord{3, 1, 5222, "c", false}));
}

TEST(Srv, ANoOfOneServiceLeavesTheOther) {
    const auto none = dns::make_srv_set({record(0, 0, "")});
    const auto some = dns::make_srv_set({record(1, 1, "a")});
    EXPECT_EQ(dns::merge(some, none).service, dns::Service::offered);
    EXPECT_EQ(dns::merge(none, some).records.size(), 1u);
    EXPECT_EQ(dns::merge(none, {}).service, dns::Service::not_offered);
    EXPECT_EQ(dns::merge({}, none).service, dns::Service::not_offered);
    EXPECT_EQ(dns::merge({}, {}).service, dns::Service::unknown);
}

}  // namespace
