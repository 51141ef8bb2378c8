#include "proxy/process/own_usage.h"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <vector>

#include "core/handle.h"

namespace proxy {
namespace {

TEST(OwnUsage, CountsDescriptorsAsAListDoes) {
    std::vector<core::Fd> some;
    for (int i = 0; i < 300; ++i) some.emplace_back(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    some.erase(some.begin() + 100, some.begin() + 150);  // numbers between them are free
    const std::filesystem::directory_iterator list("/proc/self/fd");
    const auto listed = std::distance(begin(list), end(list)) - 1;  // one is that of the list
    EXPECT_GE(listed, 250);
    // The list may stay open as long as its iterator.
    const auto most = static_cast<std::uint64_t>(listed) + 1;
    EXPECT_LE(count_descriptors(), most);
    EXPECT_GE(count_descriptors(), most - 1);
    EXPECT_EQ(count_descriptors_by_asking(), count_descriptors());
}

TEST(OwnUsage, IsOfThisProcess) {
    const ProcessUsage usage = own_usage();
    EXPECT_GT(usage.resident_bytes, 0U);
    EXPECT_GE(usage.virtual_bytes, usage.resident_bytes);
    EXPECT_GT(usage.open_descriptors, 2U);
    EXPECT_GE(usage.most_descriptors, usage.open_descriptors);
}

}  // namespace
}  // namespace proxy
