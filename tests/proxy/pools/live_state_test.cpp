// Aim: what the operator set outlives a restart in a file of ours; whatever else lies there is
// neither believed nor overwritten.

#include "proxy/pools/live_state.h"

#include <gtest/gtest.h>

#include <random>

#include "proxy/pools/live_state_file.h"
#include "proxy/pools/pool_control.h"
#include "tests/support/certificates.h"
#include "tests/support/example_file.h"
#include "tests/support/log_in_file.h"

namespace proxy {
namespace {

using balancer::AdminState;
using Lines = std::vector<std::string>;

const std::vector<LiveMember> kMembers{
    {"main", "a", AdminState::ready, 77, 30},
    {"main", "10.0.0.12:5222", AdminState::drain, 100, 100},
    {"b\xc3\xbc ro 100%", "c\n", AdminState::maintenance, 0, 65'535, true},
};

std::string lines_of(const std::vector<LiveMember>& members) {
    return write_live_state(members).substr(kLiveStateMark.size());
}

TEST(LiveState, IsReadAsItWasWritten) {
    EXPECT_EQ(lines_of({kMembers[0], kMembers[2]}),
              "main a ready 77 30\nb%C3%BC%20ro%20100%25 c%0A maintenance 0 65535 dns\n");
    const LiveState read = read_live_state(lines_of(kMembers));
    EXPECT_EQ(read.members, kMembers);
    EXPECT_EQ(read.bad_lines, 0U);
}

TEST(LiveState, PassesOverWhatItCannotRead) {
    const LiveState read = read_live_state(
        "main a\nmain a drain 1 2 3\nmain a sleeping 1 2\nmain a drain 65536 2\n main a drain 1 2\n"
        "ma%in a drain 1 2\nma%2 a drain 1 2\nmain a drain -1 2\n# a remark\n\nmain b drain 1 2");
    ASSERT_EQ(read.members.size(), 1U);
    EXPECT_EQ(read.members[0], (LiveMember{"main", "b", AdminState::drain, 1, 2}));
    EXPECT_EQ(read.bad_lines, 8U);
}

TEST(LiveState, NoBytesHarm) {
    std::mt19937 random(1);
    for (int round = 0; round < 2000; ++round) {
        std::string text = lines_of(kMembers);
        for (int i = 0; i < 4; ++i) text[random() % text.size()] = static_cast<char>(random());
        const LiveState read = read_live_state(text.substr(random() % text.size()));
        EXPECT_EQ(read_live_state(lines_of(read.members)).members, read.members);
    }
}

TEST(LiveState, IsSaidInWords) {
    EXPECT_EQ(live_words(kMembers[0]), "main/a runs with weight 77, the file says 30");
    EXPECT_EQ(live_words(kMembers[1]), "main/10.0.0.12:5222 is in drain");
    EXPECT_EQ(live_words({"main", "c", AdminState::maintenance, 0, 5, true}),
              "main/c runs with weight 0, DNS says 5, and is in maintenance");
}

TEST(LiveState, IsOfThoseThatTheOperatorHasSet) {
    PoolStatus pool{
        .name = "main", .balance = {}, .is_panicking = false, .services = {}, .backends = {}};
    for (const auto& [name, weight, admin] : {std::tuple{"a", 77U, AdminState::ready},
                                              {"b", 30U, AdminState::ready},
                                              {"c", 30U, AdminState::drain}}) {
        BackendStatus& backend = pool.backends.emplace_back();
        backend.name = name;
        backend.weight = weight;
        backend.file_weight = 30;
        backend.admin = admin;
    }
    EXPECT_EQ(live_members({pool}),
              (std::vector<LiveMember>{{"main", "a", AdminState::ready, 77, 30},
                                       {"main", "c", AdminState::drain, 30, 30}}));
}

class LiveStateFileTest : public testing::Test {
protected:
    LiveStateFileTest() { file_.use(path_); }
    std::string content() const { return conf::test::read_file(path_.string()); }

    const test::TempDir folder_;
    const std::filesystem::path path_ = folder_.path() / "state";
    LiveStateFile file_;
};

TEST_F(LiveStateFileTest, KeepsWhatIsSet) {
    test::LogInFile log;
    EXPECT_TRUE(file_.load().empty());
    file_.save({});
    EXPECT_FALSE(std::filesystem::exists(path_));
    file_.save(kMembers);
    LiveStateFile later;
    later.use(path_);
    EXPECT_EQ(later.load(), kMembers);
    later.save({});
    EXPECT_EQ(content(), kLiveStateMark);
    EXPECT_TRUE(later.keeping().is_kept());
    EXPECT_EQ(log.end(), Lines{});
}

TEST_F(LiveStateFileTest, LeavesAForeignFileAsItIs) {
    test::LogInFile log;
    test::write_file(path_, "version = 1\n");
    EXPECT_TRUE(file_.load().empty());
    file_.save({});
    file_.save(kMembers);
    file_.save({kMembers[0]});
    EXPECT_EQ(content(), "version = 1\n");
    EXPECT_FALSE(file_.keeping().is_kept());
    const Lines lines = log.end();
    ASSERT_EQ(lines.size(), 1U);
    EXPECT_NE(lines[0].find("warn  live_state_ignored file="), std::string::npos) << lines[0];
    EXPECT_NE(lines[0].find("remedy="), std::string::npos);
}

TEST_F(LiveStateFileTest, ReadsWhatIsLeftOfADamagedOne) {
    test::LogInFile log;
    test::write_file(path_, write_live_state(kMembers) + "main b dra");
    EXPECT_EQ(file_.load(), kMembers);
    const Lines lines = log.end();
    ASSERT_EQ(lines.size(), 1U);
    EXPECT_NE(lines[0].find("live_state_damaged"), std::string::npos) << lines[0];
    EXPECT_NE(lines[0].find("bad_lines=1 members=3"), std::string::npos) << lines[0];
}

TEST_F(LiveStateFileTest, WhateverIsWrongStopsNothing) {
    test::LogInFile log;
    std::filesystem::create_directory(path_);
    EXPECT_TRUE(file_.load().empty());
    file_.save(kMembers);
    EXPECT_FALSE(file_.keeping().is_kept());
    file_.use(folder_.path() / "none" / "state");
    EXPECT_TRUE(file_.load().empty());
    file_.save(kMembers);
    file_.save(kMembers);
    EXPECT_EQ(keeping_words(file_.keeping()),
              "a restart forgets it: " + (folder_.path() / "none" / "state").string() +
                  " cannot be written: No such file or directory");
    const Lines lines = log.end();
    ASSERT_EQ(lines.size(), 2U);
    EXPECT_NE(lines[1].find("warn  live_state_not_saved"), std::string::npos) << lines[1];
    // What was in the way is gone.
    std::filesystem::create_directory(folder_.path() / "none");
    file_.save(kMembers);
    EXPECT_TRUE(file_.keeping().is_kept());
}

TEST_F(LiveStateFileTest, AnEarlierFileOfThatNameDoesNotComeBack) {
    file_.save(kMembers);
    LiveStateFile moved_here;
    moved_here.use(path_);
    moved_here.save({});
    EXPECT_EQ(content(), kLiveStateMark);
}

}  // namespace
}  // namespace proxy
