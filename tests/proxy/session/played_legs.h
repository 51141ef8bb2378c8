#pragma once
// Both legs of a session, played by a test. Whatever a leg would do from the loop happens in turns:
// never within a call of the session.

#include <gtest/gtest.h>

#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "proxy/legs/backend_link.h"
#include "proxy/legs/client_leg.h"

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
        facts_.bindings.exporter = core::ChannelBinding("exported");
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
    void breaks_rules(const ClientFault& fault) { events_->on_client_broke_rules(fault); }
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
    void doubt(bool) override {}
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
                              .together = together,
                              .is_first = number == 0});
    }
    /// Another candidate has shown its answer first, and takes the place of this one.
    void is_overtaken() {
        input_.drop();
        ++number;
        opens();
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
    void is_held(LinkFailure why) { events_.on_link_held(why, 1); }
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

}  // namespace proxy::test
