#include "dns/srv.h"

#include <gtest/gtest.h>

#include <string>

namespace {

using Records = std::vector<dns::SrvRecord>;

dns::SrvRecord record(std::uint16_t priority, std::uint16_t weight, std::string target) {
    return {priority, weight, 5222, std::move(target), false};
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
