#include "core/memory_file.h"

#include <gtest/gtest.h>

#include <cerrno>

namespace core {
namespace {

TEST(MemoryFile, HoldsWhatWasWritten) {
    const std::string bytes(100'000, 'x');
    const auto file = memory_file(bytes);
    ASSERT_TRUE(file);
    EXPECT_EQ(read_memory_file(file->get(), bytes.size()).value(), bytes);
    EXPECT_EQ(read_memory_file(file->get(), bytes.size()).value(), bytes);
    EXPECT_EQ(read_memory_file(file->get(), bytes.size() - 1).error(), EFBIG);
    EXPECT_EQ(read_memory_file(-1, 1).error(), EBADF);
}

}  // namespace
}  // namespace core
