#pragma once
// A real session between two legs that a test plays, with a host whose clock it moves. Whatever a
// leg, a timer or a host would do from the loop happens here in turns: never within a call of the
// session.

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "balancer/backend_ids.h"
#include "balancer/backend_pool.h"
#include "proxy/session/session.h"
#include "tests/proxy/resumption/some_tags.h"

namespace proxy::test {

/// What the session's own calls have led to, to be done once they have returned.
class Turns {
public:
    void add(std::function<void()> task) { tasks_.push_back(std::move(task)); }
    void run() {
        while (!tasks_.empty()) {
            const auto task = std::move(tasks_.front());
            tasks_.pop_front();
            task();
        }
    }

private:
    std::deque<std::function<void()>> tasks_;
};

/// Bytes of one leg, as a core::Connection shows them: what is left of a window comes again with
/// more, or when reading is resumed.
class Input {
public:
    Input(Turns& turns, std::function<std::size_t(std::string_view)> take)
        : turns_(turns), take_(std::move(take)) {}

    void add(std::string_view bytes) {
        window_ += bytes;
        show();
    }
    void pause() { is_reading_ = false; }
    void resume() {
        if (std::exchange(is_reading_, true) || window_.empty()) return;
        turns_.add([this] { show(); });
    }
    void drop() { window_.clear(); }
    bool is_reading() const { return is_reading_; }

private:
    void show() {
        if (is_reading_ && !window_.empty()) window_.erase(0, take_(window_));
    }

    Turns& turns_;
    std::function<std::size_t(std::string_view)> take_;
    std::string window_;
    bool is_reading_ = false;
};

/// What was sent over a leg, and whether its peer takes more.
struct Output {
    bool send(std::string_view bytes) {
        text += bytes;
        was_full |= is_full;
        return !is_full;
    }
    std::string take() { return std::exchange(text, {}); }

    std::string text;
    bool is_full = false;
    bool was_full = false;  // and has said so
};

class PlayedClient final : public ClientLeg {
public:
    explicit PlayedClient(Turns& turns)
        : input_(turns, [this](std::string_view window) {
              return is_finished ? window.size() : events_->on_client_bytes(window);
          }) {
        facts_.client = *core::Endpoint::parse("192.0.2.7:40000");
        facts_.tls_version = "TLSv1.3";
        facts_.is_secure = true;
    }

    void begin(ClientLegEvents& events) override {
        events_ = &events;
        input_.resume();
    }
    bool send(std::string_view bytes) override {
        return is_finished || is_lost_ ? true : output.send(bytes);
    }
    void pause_reading() override { input_.pause(); }
    void resume_reading() override { input_.resume(); }
    core::Result<void, std::string> start_tls(std::string_view domain) override {
        if (!tls_problem.empty()) return core::fail(tls_problem);
        tls_domain = domain;
        return {};
    }
    const core::Endpoint& peer() const override { return facts_.client; }
    const ClientFacts& facts() const override { return facts_; }
    core::ChannelBindings bindings() const override {
        return {.exporter = core::ChannelBinding("exported"), .server_end_point = {}, .unique = {}};
    }
    core::Certificate shown_certificate() const override { return nullptr; }
    void settle() override {}
    void finish() override {
        is_finished = true;
        input_.resume();
    }
    void abandon() override { is_lost_ = true; }
    bool is_gone() const override { return is_lost_ || (has_ended_ && !output.is_full); }

    // What the client does.
    void says(std::string_view bytes) { input_.add(bytes); }
    void is_secured() { events_->on_client_secured(); }
    void ends() {
        has_ended_ = true;
        if (!is_finished) {
            events_->on_client_end();
        } else if (is_gone()) {
            events_->on_client_gone();
        }
    }
    void is_lost(ClientLoss why, std::string_view words) {
        is_lost_ = true;
        is_finished ? events_->on_client_gone() : events_->on_client_lost(why, words);
    }
    void takes_all() {
        output.is_full = false;
        const bool waited = std::exchange(output.was_full, false);
        if (is_finished) {
            if (is_gone()) events_->on_client_gone();
        } else if (waited) {
            events_->on_client_drained();
        }
    }
    bool is_read() const { return input_.is_reading(); }
    std::string_view state() const {
        return is_gone() ? "gone" : is_finished ? "finished" : "open";
    }

    Output output;
    std::string tls_domain;
    std::string tls_problem;  // start_tls() fails with it
    bool is_finished = false;

private:
    ClientLegEvents* events_ = nullptr;
    Input input_;
    ClientFacts facts_;
    bool has_ended_ = false;
    bool is_lost_ = false;
};

/// Of several candidates, one after the other.
class PlayedLink final : public BackendLink {
public:
    PlayedLink(Turns& turns, Output& all_output, LinkRequest what, BackendLinkEvents& events,
               int candidates, xmpp::HeldBindings bindings, bool opens_at_once)
        : request(std::move(what)),
          output(all_output),
          turns_(turns),
          events_(events),
          input_(turns,
                 [this](std::string_view window) {
                     return left ? window.size() : events_.on_link_bytes(window);
                 }),
          candidates_(candidates),
          bindings_(bindings) {
        if (opens_at_once) turns_.add([this] { opens(); });
    }

    bool send(std::string_view bytes) override {
        EXPECT_TRUE(is_open_) << "sent before there is a backend: " << bytes;
        return is_finished_ ? true : output.send(bytes);
    }
    void try_next(LinkFailure why, std::string_view detail) override {
        EXPECT_FALSE(is_settled_);
        passed_over = detail;
        is_open_ = has_ended_ = false;
        input_.drop();
        input_.pause();
        ++number;
        turns_.add([this, why] {
            if (is_finished_) return;
            --candidates_ > 0 ? opens() : events_.on_link_failed(why);
        });
    }
    void settle() override { is_settled_ = true; }
    void finish() override { is_finished_ = true; }
    void leave(Parting how) override {
        left = how;
        finish();
        input_.resume();
    }
    void abandon() override { is_open_ = false; }
    bool is_gone() const override { return has_ended_ || !is_open_; }
    bool is_open() const override { return is_open_; }
    void pause_reading() override { input_.pause(); }
    void resume_reading() override { input_.resume(); }
    std::string_view backend_name() const override { return is_open_ ? "a" : ""; }
    std::string_view pool_name() const override { return "main"; }
    std::optional<balancer::BackendId> backend_id() const override {
        return is_open_ ? std::optional(balancer::BackendId{1}) : std::nullopt;
    }

    // What the backend does.
    void opens() {
        is_open_ = true;
        output.send(request.opening);
        input_.resume();
        events_.on_link_open({.answer_timeout = std::chrono::seconds(5),
                              .bindings = bindings_,
                              .owner = owner,
                              .pool = &request.candidates.pool(),
                              .resume_anywhere = resume_anywhere,
                              .together = together});
    }
    void says(std::string_view bytes) { input_.add(bytes); }
    void ends() {
        has_ended_ = true;
        left ? events_.on_link_gone() : events_.on_link_end();
    }
    void is_lost(std::string_view words) {
        has_ended_ = true;
        left ? events_.on_link_gone() : events_.on_link_lost(words);
    }
    void fails(LinkFailure why) { events_.on_link_failed(why); }
    void takes_all() {
        output.is_full = false;
        if (std::exchange(output.was_full, false) && !left) events_.on_link_drained();
    }
    bool is_read() const { return input_.is_reading(); }
    std::string_view state() const {
        if (is_gone()) return left || is_finished_ ? "gone" : "lost";
        if (left) return *left == Parting::said ? "left" : "cut";
        return is_finished_ ? "finished" : "open";
    }

    LinkRequest request;
    Output& output;
    balancer::Owner owner = balancer::owner_of("main", "a");
    bool resume_anywhere = false;
    bool together = false;
    std::string passed_over = "nothing";
    std::optional<Parting> left;
    int number = 0;  // of the candidate

private:
    Turns& turns_;
    BackendLinkEvents& events_;
    Input input_;
    int candidates_;
    xmpp::HeldBindings bindings_;
    bool is_open_ = false;
    bool is_settled_ = false;
    bool is_finished_ = false;
    bool has_ended_ = false;
};

struct SceneSettings {
    LegBegins begins = LegBegins::in_clear;
    FeaturesProfile profile;  // without features: the backend says them
    int candidates = 1;
    xmpp::HeldBindings bindings = xmpp::HeldBindings::none;
    bool opens_at_once = true;
    std::optional<balancer::RouteFailure> route_failure;
    bool resume_anywhere = false;
    bool together = false;
    conf::Limits limits;
};

class SessionScene final : private SessionHost {
public:
    explicit SessionScene(SceneSettings settings)
        : settings_(std::move(settings)),
          limits_(proxy::relay_limits(settings_.limits)),
          frontend_{
              .kind = settings_.begins == LegBegins::in_clear ? conf::ListenKind::c2s
                                                              : conf::ListenKind::c2s_tls,
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
        pool.backends = {{.name = "a", .host = "127.0.0.1", .port = 5222},
                         {.name = "b", .host = "127.0.0.2", .port = 5222}};
        pool_ = balancer::BackendPool::make(pool, ids_);
        auto leg = std::make_unique<PlayedClient>(turns_);
        client_ = leg.get();
        session_ = std::make_unique<Session>(static_cast<SessionHost&>(*this), frontend_,
                                             std::move(leg), 1);
        act([this] { session_->begin(); });
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
    }

    core::TimePoint now() const override { return now_; }
    std::unique_ptr<Deadline> make_deadline(std::function<void()> on_passed) override {
        return std::make_unique<PlayedDeadline>(*this, std::move(on_passed));
    }
    const conf::Limits& limits() const override { return settings_.limits; }
    const RelayLimits& relay_limits() const override { return limits_; }
    xmpp::ScanWorkPool& scan_work() override { return scan_work_; }
    const ResumptionTagsPtr& resumption_tags() const override { return ::test::some_tags(); }
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
        balancer::Candidates candidates(pool_);
        candidates.add(0);
        return candidates;
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
    void note_routed(const SessionIdentity&, const ClientFacts&, RoutedBy by) override {
        routed_by = to_string(by);
    }
    void note_login(balancer::BackendId) override { ++logins; }
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
    Turns turns_;
    core::TimePoint now_ = core::Clock::now();
    std::vector<PlayedDeadline*> deadlines_;
    xmpp::ScanWorkPool scan_work_;
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
