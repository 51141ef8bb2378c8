// Aim: tickets stay good for their lifetime, proxies that share keys follow the file, and a file
// that is no good costs nobody the keys of before.

#include "proxy/process/ticket_clock.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/support/certificates.h"
#include "tests/support/log_in_file.h"
#include "tests/support/run_loop.h"

namespace proxy {
namespace {

using namespace std::chrono_literals;

class TicketClockTest : public testing::Test {
protected:
    void write_key(char fill) {
        test::write_file(file_, std::string(core::TicketKey::kBytes, fill));
    }
    TicketClock::Keys in_file() const { return core::TicketKeys::load(file_).value(); }
    bool renewed(std::size_t times) {
        return test::run_until(loop_, [&] { return renewed_.size() >= times; });
    }
    static char name_of(const TicketClock::Keys& keys) {
        return static_cast<char>(keys->encrypting().name[0]);
    }
    static bool knows(const TicketClock::Keys& keys, const TicketClock::Keys& other) {
        return keys->find(other->encrypting().name) != nullptr;
    }

    test::LogInFile log_;
    const test::TempDir folder_;
    const std::filesystem::path file_ = folder_.path() / "keys";
    core::EventLoop loop_;
    std::vector<TicketClock::Keys> renewed_;
    TicketClock clock_{loop_, "ticket_keys_kept",
                       [this](const TicketClock::Keys& keys) { renewed_.push_back(keys); }};
};

TEST_F(TicketClockTest, RotatesOwnKeysOncePerLifetime) {
    const auto first = core::TicketKeys::generate();
    clock_.use(first, {.file = {}, .every = 1ms});
    EXPECT_EQ(clock_.keys(), first);
    ASSERT_TRUE(renewed(2));
    EXPECT_EQ(clock_.keys(), renewed_.back());
    EXPECT_NE(renewed_[0]->encrypting().name, first->encrypting().name);
    EXPECT_NE(renewed_[1]->encrypting().name, renewed_[0]->encrypting().name);
    EXPECT_TRUE(knows(renewed_[1], first));
}

TEST_F(TicketClockTest, ReadsASharedFileAgain) {
    write_key('\1');
    clock_.use(in_file(), {.file = file_, .every = 1ms});
    write_key('\2');
    ASSERT_TRUE(test::run_until(loop_, [&] { return name_of(clock_.keys()) == '\2'; }));
    EXPECT_EQ(renewed_.back(), clock_.keys());
    // Who shares keys has them from the file alone.
    EXPECT_EQ(clock_.keys()->size(), 1U);
}

TEST_F(TicketClockTest, KeepsTheKeysWhenTheFileIsBadAndSaysSo) {
    write_key('\1');
    const auto first = in_file();
    test::write_file(file_, "no keys");
    clock_.use(first, {.file = file_, .every = 1ms});
    bool is_later = false;
    core::Timer later(loop_, [&] { is_later = true; });
    later.start(5ms);
    ASSERT_TRUE(test::run_until(loop_, [&] { return is_later; }));
    EXPECT_TRUE(renewed_.empty());
    EXPECT_EQ(clock_.keys(), first);
    write_key('\2');
    ASSERT_TRUE(renewed(1));
    EXPECT_EQ(name_of(clock_.keys()), '\2');
    const auto lines = log_.end();
    ASSERT_FALSE(lines.empty());
    EXPECT_TRUE(lines[0].starts_with("warn  ticket_keys_kept file=" + file_.string() + " why=\""))
        << lines[0];
}

TEST_F(TicketClockTest, AReloadThatKeepsTheKeysKeepsTheirTime) {
    const auto first = core::TicketKeys::generate();
    clock_.use(first, {.file = {}, .every = 1ms});
    clock_.use(first, {.file = {}, .every = 1ms});
    EXPECT_TRUE(renewed(1));
}

TEST_F(TicketClockTest, AShorterLifetimeCountsAtTheReload) {
    const auto first = core::TicketKeys::generate();
    clock_.use(first, {.file = {}, .every = 12h});
    clock_.use(first, {.file = {}, .every = 1ms});
    EXPECT_EQ(clock_.keys(), first) << "the reload that goes on shares these";
    ASSERT_TRUE(renewed(2));
    EXPECT_TRUE(knows(renewed_[1], first));
}

TEST_F(TicketClockTest, ALongerLifetimeCountsAtTheReload) {
    const auto first = core::TicketKeys::generate();
    clock_.use(first, {.file = {}, .every = 1ms});
    clock_.use(first, {.file = {}, .every = 12h});
    bool is_later = false;
    core::Timer later(loop_, [&] { is_later = true; });
    later.start(5ms);
    ASSERT_TRUE(test::run_until(loop_, [&] { return is_later; }));
    EXPECT_TRUE(renewed_.empty());
}

TEST_F(TicketClockTest, AReloadToOtherKeysBeginsAnew) {
    clock_.use(core::TicketKeys::generate(), {.file = {}, .every = 1h});
    write_key('\1');
    clock_.use(in_file(), {.file = file_, .every = 1ms});
    EXPECT_EQ(name_of(clock_.keys()), '\1');
    EXPECT_TRUE(renewed(1));
}

TEST(TicketRenewal, IsEachMinuteForASharedFileAndElseOncePerLifetime) {
    conf::Tls tls;
    tls.ticket_lifetime = 2h;
    EXPECT_EQ(ticket_renewal(tls).every, 2h);
    EXPECT_EQ(ticket_renewal(tls).file, "");
    tls.ticket_keys = "/etc/keys";
    EXPECT_EQ(ticket_renewal(tls).every, 60s);
    EXPECT_EQ(ticket_renewal(tls).file, "/etc/keys");
}

/// Tags have to hold as long as any session may be resumed.
TEST_F(TicketClockTest, OwnKeysOfTagsStayAndSharedOnesAreReadAgain) {
    EXPECT_EQ(renewal_of({}).every, 0ms);
    EXPECT_GT(renewal_of({.keys = file_}).every, 0ms);
    EXPECT_EQ(renewal_of({.keys = file_}).file, file_);
    const auto own = core::TicketKeys::generate();
    clock_.use(own, {.file = {}, .every = 1ms});
    clock_.use(own, renewal_of({}));
    bool is_later = false;
    core::Timer later(loop_, [&] { is_later = true; });
    later.start(5ms);
    ASSERT_TRUE(test::run_until(loop_, [&] { return is_later; }));
    EXPECT_TRUE(renewed_.empty());
    EXPECT_EQ(clock_.keys(), own);
}

}  // namespace
}  // namespace proxy
