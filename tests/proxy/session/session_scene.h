#pragma once
// A real session between two legs that a test plays, with a host whose clock it moves. Whatever a
// timer or a host would do from the loop happens in turns, as with the legs.

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "balancer/backend_ids.h"
#include "balancer/backend_pool.h"
#include "conf/units.h"
#include "proxy/session/session.h"
#include "tests/proxy/resumption/some_tags.h"
#include "tests/proxy/session/played_legs.h"

namespace proxy::test {

struct SceneSettings {
    LegBegins begins = LegBegins::in_clear;
    FeaturesProfile profile;  // without features: the backend says them
    int candidates = 1;
    xmpp::HeldBindings bindings = xmpp::HeldBindings::none;
    bool opens_at_once = true;
    std::optional<balancer::RouteFailure> route_failure;
    std::optional<balancer::RouteFailure> later_route_failure;  // but for the first time
    bool resume_anywhere = false;
    bool together = false;
    bool by_domain = false;
    LoginTurn turn = LoginTurn::now;  // of each login that asks for one
    conf::Limits limits;
    std::chrono::milliseconds waited{};  // for its begin
};

/// "1 stanza", "1 stanza, ends floods" or "100B", a second and at once; "off".
inline conf::RateLimits rate_named(const std::string& words) {
    conf::RateLimits rate{.burst = std::chrono::seconds(1)};
    if (words.starts_with("1 stanza")) rate.stanzas = 1;
    if (words == "100B") rate.bytes = 100;
    rate.end_floods = words.ends_with("ends floods");
    return rate;
}

class SessionScene final : private SessionHost {
public:
    explicit SessionScene(SceneSettings settings)
        : settings_(std::move(settings)),
          limits_(proxy::relay_limits(settings_.limits)),
          frontend_{
              .kind = settings_.begins == LegBegins::in_clear ? "c2s" : "c2s-tls",
              .negotiation = {
                  .begins = settings_.begins,
                  .serves = [](std::string_view domain) { return domain.ends_with("example.org"); },
                  .profile_for =
                      [this](std::string_view) {
                          return settings_.profile.features.empty() ? nullptr : &settings_.profile;
                      },
                  .make_stream_id =
                      [this] { return xmpp::StreamId("id" + std::to_string(++stream_ids_)); }}} {
        conf::Pool pool{.name = "main"};
        if (settings_.by_domain) pool.route = conf::RouteBy::domain;
        pool.backends = {{.name = "a", .host = "127.0.0.1", .port = 5222},
                         {.name = "b", .host = "127.0.0.2", .port = 5222}};
        pool_ = balancer::BackendPool::make(pool, ids_);
        auto leg = std::make_unique<PlayedClient>(turns_);
        client_ = leg.get();
        session_ = std::make_unique<Session>(static_cast<SessionHost&>(*this), frontend_,
                                             std::move(leg), 1);
        act([this] { session_->begin(settings_.waited); });
    }

    /// Something happens at a leg, and then all that follows from it. Nothing once the session is
    /// released.
    void act(const std::function<void()>& what) {
        if (session_ == nullptr) return;
        what();
        turns_.run();
        if (is_released_) end_session();
    }
    /// Deadlines on the way pass in their order.
    void pass(std::chrono::milliseconds time) {
        const core::TimePoint until = now_ + time;
        for (;;) {
            const auto next =
                std::min_element(deadlines_.begin(), deadlines_.end(),
                                 [](const auto* a, const auto* b) { return a->at < b->at; });
            if (next == deadlines_.end() || (*next)->at > until) break;
            now_ = (*next)->at;
            const std::function<void()> on_passed = (*next)->on_passed;  // it may destroy it
            (*next)->at = core::TimePoint::max();
            act(on_passed);
        }
        now_ = until;
    }

    core::TimePoint time() const { return now_; }
    /// Null once the session is released.
    Session* session() { return session_.get(); }
    PlayedClient* client() { return session_ ? client_ : nullptr; }
    /// Null before a backend is looked for, too.
    PlayedLink* link() { return session_ ? link_ : nullptr; }
    std::string last_passed_over() { return std::exchange(link_->passed_over, "nothing"); }

    Output to_backend;
    std::string client_got;  // what it had got when the session was released
    std::string routed;
    std::string user;
    std::string ended = "nothing";  // the reason
    std::string detail;             // of the end
    std::string failed_logins;
    std::string routed_by;                       // once a backend has answered
    std::optional<balancer::Owner> asked_owner;  // when it was routed
    RememberedUsers remembered{1'000};
    int logins = 0;
    std::optional<Refused> refused_login;  // what [limits.address] says
    std::optional<Refused> one_too_many;
    std::string asked_for = "nothing";  // which login, where, and for how long it may wait at most
    bool is_in_line = false;
    std::string given_back = "nothing";
    int slowed = 0;  // because of [limits.rate]
    std::chrono::milliseconds slowed_for{0};
    void set_rate(const conf::RateLimits& rate) { settings_.limits.rate = rate; }
    /// What was asked to be resumed, and ways past the proxy that were cut: "1 resumed".
    std::string counts() const {
        std::string text;
        const auto add = [&](std::uint64_t count, std::string_view what) {
            if (count == 0) return;
            text += (text.empty() ? "" : ", ") + std::to_string(count) + " " + std::string(what);
        };
        const ResumeCounts results = resumption_.counts->results();
        for (const ResumeResult each : kResumeResults)
            add(results[static_cast<std::size_t>(each)], to_string(each));
        const SideDoorCounts doors = resumption_.counts->doors();
        for (const SideDoor each : kSideDoors)
            add(doors[static_cast<std::size_t>(each)], to_string(each));
        return text.empty() ? "nothing" : text;
    }
    /// It waits no more.
    void give_turn(LoginTurn what) {
        EXPECT_TRUE(std::exchange(is_in_line, false));
        act([&] { session_->on_login_turn(what); });
    }
    /// What another login hears that asks.
    void answer_with(LoginTurn what) { settings_.turn = what; }
    std::vector<Deadline*> running() const { return {deadlines_.begin(), deadlines_.end()}; }

private:
    struct PlayedDeadline final : Deadline {
        PlayedDeadline(SessionScene& scene, std::function<void()> what)
            : on_passed(std::move(what)), scene_(scene) {
            scene.deadlines_.push_back(this);
        }
        ~PlayedDeadline() override { std::erase(scene_.deadlines_, this); }
        void start(std::chrono::milliseconds after) override { at = scene_.now_ + after; }

        std::function<void()> on_passed;
        core::TimePoint at = core::TimePoint::max();

    private:
        SessionScene& scene_;
    };

    void end_session() {
        client_got += client_->output.take();
        session_.reset();
        EXPECT_TRUE(deadlines_.empty()) << "a deadline outlives its session";
        EXPECT_FALSE(is_in_line) << "it is gone, and its place is not";
    }

    core::TimePoint now() const override { return now_; }
    std::unique_ptr<Deadline> make_deadline(std::function<void()> on_passed) override {
        return std::make_unique<PlayedDeadline>(*this, std::move(on_passed));
    }
    const conf::Limits& limits() const override { return settings_.limits; }
    const RelayLimits& relay_limits() const override { return limits_; }
    SessionCounts& session_counts() override { return counts_; }
    xmpp::ScanWorkPool& scan_work() override { return scan_work_; }
    const Resumption& resumption() const override { return resumption_; }
    RememberedUsers& remembered_users() override { return remembered; }
    std::chrono::milliseconds remembers_for() const override { return std::chrono::minutes(10); }
    std::string name_of(std::uint32_t number) const override {
        return "scene-0-" + std::to_string(number);
    }
    core::Result<balancer::Candidates, balancer::RouteFailure> route(
        const balancer::RoutingKey& key) override {
        routed = key.domain;
        user = key.user.value_or("nobody");
        asked_owner = key.owner;
        if (settings_.route_failure) return core::fail(*settings_.route_failure);
        settings_.route_failure = settings_.later_route_failure;
        balancer::Candidates candidates(pool_);
        if (key.granted == pool_->members()[1].id) candidates.add(1);
        candidates.add(0);
        if (settings_.candidates > 1) candidates.add(1);
        return candidates;
    }
    LoginTurn ask_for_login(Session&, const balancer::Member& at, balancer::LoginKind kind,
                            std::chrono::milliseconds most) override {
        EXPECT_FALSE(is_in_line) << "it waits twice";
        asked_for = name_of(kind) + " at " + at.backend->name + " within " + conf::time_text(most);
        is_in_line = settings_.turn == LoginTurn::waits;
        return settings_.turn;
    }
    void leave_line(Session&) override {
        EXPECT_TRUE(is_in_line);
        is_in_line = false;
    }
    void give_back_login(balancer::BackendId at, balancer::LoginKind kind) override {
        given_back = name_of(kind) + " of " + pool_->members()[at.get()].backend->name;
    }
    static std::string name_of(balancer::LoginKind kind) {
        return kind == balancer::LoginKind::full ? "login" : "resumption";
    }
    std::unique_ptr<BackendLink> open_link(LinkRequest request,
                                           BackendLinkEvents& events) override {
        EXPECT_EQ(request.facts.unique_id, "scene-0-1");
        auto link = std::make_unique<PlayedLink>(turns_, to_backend, std::move(request), events,
                                                 settings_.candidates, settings_.bindings,
                                                 settings_.opens_at_once);
        link->resume_anywhere = settings_.resume_anywhere;
        link->together = settings_.together;
        link_ = link.get();
        return link;
    }
    std::optional<Refused> refuse_login(const Session&) override { return refused_login; }
    std::optional<Refused> count_login(Session&) override { return one_too_many; }
    void note_slowed(const SessionIdentity&) override { ++slowed; }
    void note_pause(std::string_view, std::chrono::milliseconds time) override {
        slowed_for += time;
    }
    void note_routed(const SessionIdentity&, const ClientFacts&, RoutedBy by) override {
        routed_by = to_string(by);
    }
    void note_login(balancer::BackendId, std::string_view) override { ++logins; }
    void note_failed_logins(const SessionIdentity&, const FailedLogins& failed) override {
        for (const FailedLogin& each : failed.told) {
            const std::string mechanism = each.mechanism.empty() ? "-" : each.mechanism;
            const std::string whose = each.user.empty() ? "-" : each.user;
            failed_logins += (failed_logins.empty() ? "" : ", ") + std::to_string(each.attempt) +
                             " " + mechanism + " " + whose + " " + std::string(each.condition);
        }
    }
    void note_end(const SessionIdentity&, const SessionTotals&, EndReason reason,
                  std::string_view why) override {
        EXPECT_EQ(ended, "nothing") << "it ends twice";
        ended = to_string(reason);
        detail = why;
    }
    void release(Session&) override {
        EXPECT_FALSE(is_released_) << "it is released twice";
        is_released_ = true;
    }

    SceneSettings settings_;
    RelayLimits limits_;
    Resumption resumption_{::test::some_tags(), std::make_shared<ResumptionCounts>()};
    Turns turns_;
    core::TimePoint now_ = core::Clock::now();
    std::vector<PlayedDeadline*> deadlines_;
    xmpp::ScanWorkPool scan_work_;
    SessionCounts counts_;
    balancer::BackendIds ids_;
    std::shared_ptr<const balancer::BackendPool> pool_;
    int stream_ids_ = 0;
    Frontend frontend_;
    PlayedClient* client_ = nullptr;  // both are the session's
    PlayedLink* link_ = nullptr;
    bool is_released_ = false;
    std::unique_ptr<Session> session_;
};

}  // namespace proxy::test
