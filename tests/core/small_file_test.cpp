// Aim: a small file is replaced whole or not at all, for its owner alone.

#include "core/small_file.h"

#include <gtest/gtest.h>

#include <fstream>

#include "tests/support/temp_dir.h"

namespace core {
namespace {

namespace fs = std::filesystem;

class SmallFile : public testing::Test {
protected:
    std::string read() const { return read_small_file(file_, 1000).value(); }

    const test::TempDir folder_;
    const fs::path file_ = folder_.path() / "state";
};

TEST_F(SmallFile, IsReplacedForItsOwnerAlone) {
    std::ofstream(file_) << "before";
    fs::permissions(file_, fs::perms::all);
    ASSERT_TRUE(replace_small_file(file_, "after"));
    EXPECT_EQ(read(), "after");
    EXPECT_EQ(fs::status(file_).permissions(), fs::perms::owner_read | fs::perms::owner_write);
    ASSERT_TRUE(replace_small_file(file_, ""));
    EXPECT_EQ(read(), "");
    EXPECT_FALSE(fs::exists(file_.string() + ".new"));
}

TEST_F(SmallFile, WhatAnEarlierWriterLeftIsNoHindrance) {
    std::ofstream(file_.string() + ".new") << "half";
    ASSERT_TRUE(replace_small_file(file_, "whole"));
    EXPECT_EQ(read(), "whole");
    // Nor is it written through a link.
    fs::create_symlink(folder_.path() / "target", file_.string() + ".new");
    ASSERT_TRUE(replace_small_file(file_, "again"));
    EXPECT_EQ(read(), "again");
    EXPECT_FALSE(fs::exists(folder_.path() / "target"));
}

TEST_F(SmallFile, StaysAsItIsWhereItCannotBeWritten) {
    const auto refused = replace_small_file(folder_.path() / "none" / "state", "x");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error(), "cannot be written: No such file or directory");
    fs::create_directory(file_);
    std::ofstream(file_ / "inside") << "x";
    EXPECT_FALSE(replace_small_file(file_, "x"));
    EXPECT_TRUE(fs::exists(file_ / "inside"));
    EXPECT_FALSE(fs::exists(file_.string() + ".new"));
}

}  // namespace
}  // namespace core
