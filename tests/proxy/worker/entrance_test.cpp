#include "proxy/worker/entrance.h"

#include <event2/event.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "tests/core/connection_scene.h"
#include "tests/support/run_loop.h"

namespace proxy {
namespace {

using namespace std::literals;

/// In the first turn.
constexpr std::size_t kAtOnce = TurnPace::kFew + TurnPace::kFirst;

/// The far ends of callers at one entrance, on a clear port.
class EntranceTest : public testing::Test, protected EntranceHost {
protected:
    struct Begun {
        Caller caller;
        std::chrono::milliseconds waited;
    };

    /// Number of the far end.
    std::size_t come(std::chrono::milliseconds ago = 0ms, const Door* door = nullptr,
                     std::shared_ptr<const WebDoor> web = nullptr) {
        ::test::Pair sockets;
        far_.push_back(std::move(sockets.far));
        entrance_->come({.door = door != nullptr || web ? door : &clear_,
                         .web = std::move(web),
                         .client = {.socket = std::move(sockets.near),
                                    .peer = *core::Endpoint::parse("192.0.2.1:5"),
                                    .local = {}},
                         .came = now_ - ago});
        return far_.size() - 1;
    }
    void come(std::size_t count) {
        while (count-- > 0) come();
    }
    /// What the far end has got; "(open)" while nothing and no end has come.
    std::string read(std::size_t number) {
        std::array<char, 4096> bytes;
        const auto got = ::recv(far_[number].get(), bytes.data(), bytes.size(), 0);
        return got < 0 ? "(open)" : std::string(bytes.data(), static_cast<std::size_t>(got));
    }
    bool wait(const std::function<bool()>& holds) { return ::test::run_until(loop_, holds); }
    int events() const { return event_base_get_num_events(loop_.base(), EVENT_BASE_COUNT_ADDED); }

    // The host.
    void begin_caller(Caller caller, std::chrono::milliseconds waited) override {
        begun_.push_back({std::move(caller), waited});
    }
    void leave_place(const Caller&) override { ++left_; }
    void note_refused(Refused why, const core::Endpoint&) override {
        EXPECT_EQ(why, Refused::overloaded);
        ++refused_;
    }

    core::TimePoint now_{1'000s};
    core::EventLoop loop_;
    core::Watermarks marks_;
    Door clear_{.frontend = {}, .clients = {.loop = loop_, .watermarks = marks_}};
    Door tls_{.frontend = {},
              .clients = {.loop = loop_, .watermarks = marks_, .begins_in_clear = false}};
    SessionGauge gauge_{1'000};
    std::unique_ptr<Entrance> entrance_ = std::make_unique<Entrance>(
        loop_, static_cast<EntranceHost&>(*this), gauge_, [this] { return now_; });
    std::vector<core::Fd> far_;
    std::vector<Begun> begun_;
    int left_ = 0;
    int refused_ = 0;
};

TEST_F(EntranceTest, WhileTheLoopKeepsUpOneBeginsWithinTheCall) {
    come();
    ASSERT_EQ(begun_.size(), 1U);
    EXPECT_EQ(begun_[0].waited, 0ms);
    EXPECT_EQ(gauge_.entrance().waiting, 0U);
}

TEST_F(EntranceTest, ForFewNoTurnIsMeasured) {
    const int before = events();
    for (unsigned i = 0; i < TurnPace::kFew; ++i) come();
    EXPECT_EQ(begun_.size(), TurnPace::kFew);
    EXPECT_EQ(events(), before);
    come();
    EXPECT_EQ(events(), before + 1) << "that is a crowd";
}

TEST_F(EntranceTest, AnIdleLoopIsNotWoken) {
    const int before = events();
    come(40);
    ASSERT_TRUE(wait([&] { return begun_.size() == 40; }));
    ASSERT_TRUE(wait([&] { return events() == before; })) << "turns are measured for ever";
}

TEST_F(EntranceTest, OfManyAtOnceAFewBeginInEachTurn) {
    come(100);
    EXPECT_EQ(begun_.size(), kAtOnce);
    EXPECT_EQ(gauge_.entrance().waiting, 100 - kAtOnce);
    ASSERT_TRUE(wait([&] { return begun_.size() == 100; }));
    EXPECT_EQ(gauge_.entrance().waiting, 0U);
    for (std::size_t i = 0; i < 100; ++i) EXPECT_TRUE(begun_[i].caller.client.socket);
}

TEST_F(EntranceTest, WhoHasLeftMeanwhileIsNotServed) {
    come(kAtOnce + 1);
    const std::size_t leaver = come();
    ASSERT_EQ(::send(far_[leaver].get(), "hello", 5, 0), 5) << "which still lies there";
    far_[leaver].reset();
    ASSERT_TRUE(wait([&] { return left_ == 1; }));
    ASSERT_TRUE(wait([&] { return begun_.size() == kAtOnce + 1; }));
    EXPECT_EQ(gauge_.entrance().gave_up, 1U);
    EXPECT_EQ(gauge_.entrance().shed, 0U);
}

TEST_F(EntranceTest, WhoHasWaitedTooLongIsTurnedAwayInTheWordsOfThePort) {
    come(kAtOnce);
    const std::size_t in_clear = come(11s);
    const std::size_t with_tls = come(10'500ms, &tls_);
    const std::size_t fresh = come();
    ASSERT_EQ(::send(far_[in_clear].get(), "<stream:stream", 14, 0), 14);
    ASSERT_TRUE(wait([&] { return left_ == 2; }));
    EXPECT_NE(read(in_clear).find("<resource-constraint"), std::string::npos);
    EXPECT_EQ(read(in_clear), "") << "an end, no reset";
    EXPECT_EQ(read(with_tls), "");
    EXPECT_EQ(refused_, 2);
    EXPECT_EQ(gauge_.entrance().shed, 2U);
    ASSERT_TRUE(wait([&] { return begun_.size() == kAtOnce + 1; }));
    EXPECT_EQ(read(fresh), "(open)");
}

TEST_F(EntranceTest, WebClientsAreTurnedAwayByHttpWhereItIsClear) {
    come(kAtOnce);
    const std::size_t in_clear =
        come(11s, nullptr, std::make_shared<WebDoor>(WebDoor{.is_clear = true}));
    const std::size_t with_tls = come(11s, nullptr, std::make_shared<WebDoor>(WebDoor{}));
    EXPECT_TRUE(entrance_->is_overloaded());
    ASSERT_TRUE(wait([&] { return left_ == 2; }));
    const std::string words = read(in_clear);
    EXPECT_TRUE(words.starts_with("HTTP/1.1 503 ")) << words;
    EXPECT_NE(words.find("Retry-After: 10\r\n"), std::string::npos) << words;
    EXPECT_EQ(read(with_tls), "");
    EXPECT_FALSE(entrance_->is_overloaded());
}

TEST_F(EntranceTest, AtTheLimitOneWhoHasWaitedLongMakesRoom) {
    come(kAtOnce);
    EXPECT_FALSE(entrance_->make_room());
    come();
    EXPECT_FALSE(entrance_->make_room()) << "a fresh queue keeps its order";
    EXPECT_EQ(gauge_.entrance().waiting, 1U);
    entrance_->close();

    const std::size_t old = come(400ms);
    const std::size_t newer = come(100ms);
    EXPECT_TRUE(entrance_->make_room());
    EXPECT_NE(read(old), "(open)");
    EXPECT_EQ(read(newer), "(open)");
    EXPECT_EQ(gauge_.entrance().shed, 1U);
    EXPECT_FALSE(entrance_->make_room());
}

TEST_F(EntranceTest, WhoWaitsHearsThatTheProcessStops) {
    come(kAtOnce);
    const std::size_t waiting = come();
    entrance_->close();
    EXPECT_NE(read(waiting).find("<system-shutdown"), std::string::npos);
    EXPECT_EQ(left_, 1);
    EXPECT_EQ(gauge_.entrance().waiting, 0U);
    loop_.run_once();
    EXPECT_EQ(begun_.size(), kAtOnce);
}

TEST_F(EntranceTest, ItsEndCountsNobodyTwice) {
    come(20);
    entrance_.reset();
    EXPECT_EQ(gauge_.entrance().waiting, 0U);
    EXPECT_EQ(left_, 0);
}

}  // namespace
}  // namespace proxy
