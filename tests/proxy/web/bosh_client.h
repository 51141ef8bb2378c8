#pragma once
// A client of BOSH that follows a script, as known libraries do: their timeouts, their repeats, two
// requests at once. It numbers its stanzas, and checks that those of the server come once and in
// order. It knows no machine: requests go out through a function, answers come in.

#include <charconv>
#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "core/digest.h"
#include "core/hex.h"
#include "xmpp/bosh_body.h"

namespace proxy::scene {

using BoshTime = std::chrono::steady_clock::time_point;
using std::chrono::milliseconds;

struct BoshHabits {
    std::string_view name;
    std::uint32_t hold = 1;
    std::uint32_t wait = 60;       // seconds
    double patience = 1.1;         // times `wait`, until a request is repeated
    double second_patience = 1.1;  // the same for one that is not the oldest
    bool acknowledges = false;
    bool has_keys = false;
    bool counts_early_answers = true;  // as open requests, until those before them have come
};

class BoshClient {
public:
    /// `send` takes a request and returns a name for its connection, never 0.
    using Send = std::function<std::uint64_t(const xmpp::BoshBody&)>;
    BoshClient(const BoshHabits& habits, std::uint64_t first_rid, Send send)
        : habits_(habits), send_(std::move(send)), next_rid_(first_rid) {}

    /// Goes out by `connection`.
    xmpp::BoshBody create(std::uint64_t connection, BoshTime now) {
        xmpp::BoshBody body = make_body();
        body.to = "example.com";
        body.ver = xmpp::BoshVersion{1, 6};
        body.wait = habits_.wait;
        body.hold = habits_.hold;
        if (habits_.acknowledges) body.ack = 1;
        if (habits_.has_keys) body.newkey = new_sequence();
        open_.push_back({.body = body, .connection = connection, .sent = now});
        return body;
    }
    void want_to_say(int stanzas) { unsaid_ += stanzas; }

    /// What is due: repeats, new requests.
    void act(BoshTime now) {
        if (is_told_end || !has_session_) return;
        for (std::size_t i = 0; i < open_.size(); ++i)
            if (now >= due(i)) send(open_[i], now);
        const std::size_t most = 2;
        while (unsaid_ > 0 && open_count() < most) say(now);
        if (open_.empty() && now >= poll_due()) ask(make_body(), now);
    }
    /// When act() may have something to do, if nothing comes before.
    BoshTime next_due() const {
        BoshTime next = open_.empty() ? poll_due() : BoshTime::max();
        for (std::size_t i = 0; i < open_.size(); ++i) next = std::min(next, due(i));
        return next;
    }
    void end(BoshTime now) {
        xmpp::BoshBody body = make_body();
        body.terminates = true;
        ask(std::move(body), now);
    }

    void on_answer(std::uint64_t connection, std::string_view entity, BoshTime now) {
        Open* open = find(connection);
        if (open == nullptr || open->answer) return;
        if (entity.find("type='error'") != std::string_view::npos) {
            open->repeat_at = now + milliseconds(50);
            return;
        }
        open->answer = std::string(entity);
        // strophe: the first one must have been lost.
        if (open != &open_.front() && !open_.front().answer) open_.front().repeat_at = now;
        while (!is_told_end && !open_.empty() && open_.front().answer) {
            const std::string answer = std::move(*open_.front().answer);
            open_.pop_front();
            has_session_ = true;
            polled_ = now;
            read(answer);
        }
    }
    void on_failure(std::uint64_t connection, BoshTime now, milliseconds backoff) {
        Open* open = find(connection);
        if (open != nullptr && !open->answer) open->repeat_at = now + backoff;
    }
    /// The page is loaded again: what is open is asked once more.
    void reload(BoshTime now) {
        if (!has_session_) return;
        for (Open& open : open_) {
            open.connection = 0;
            if (!open.answer) open.repeat_at = now;
        }
    }

    int heard = 0;  // of the server's stanzas
    int said = 0;   // of its own
    bool is_told_end = false;
    std::string complaint;  // empty: all is as it should be

private:
    struct Open {
        xmpp::BoshBody body;
        std::uint64_t connection = 0;
        BoshTime sent;
        BoshTime repeat_at = BoshTime::max();
        std::optional<std::string> answer;  // of one that came before those of others
    };

    /// When a request is to be repeated.
    BoshTime due(std::size_t i) const {
        const Open& open = open_[i];
        if (open.answer) return BoshTime::max();
        const double factor = i == 0 ? habits_.patience : habits_.second_patience;
        const milliseconds patience(static_cast<int>(factor * 1000 * habits_.wait) + 2000);
        return std::min(open.repeat_at, open.sent + patience);
    }
    BoshTime poll_due() const {
        return habits_.hold != 0 ? polled_ : polled_ + std::chrono::seconds(5);
    }

    xmpp::BoshBody make_body() {
        xmpp::BoshBody body;
        body.rid = next_rid_++;
        if (habits_.acknowledges && !open_.empty()) body.ack = open_.front().body.rid - 1;
        return body;
    }
    /// Short ones, so that they change often. Returns the last key, which is shown first.
    xmpp::BoshKey new_sequence() {
        const std::string seed = "seed" + std::to_string(next_rid_);
        for (int i = 0; i < 6; ++i)
            keys_.push_front(core::hex(core::sha1(keys_.empty() ? seed : keys_.front())));
        return next_key();
    }
    xmpp::BoshKey next_key() {
        std::string key = keys_.front();
        keys_.pop_front();
        return xmpp::BoshKey(std::move(key));
    }
    std::size_t open_count() const {
        std::size_t count = 0;
        for (const Open& open : open_) count += !open.answer || habits_.counts_early_answers;
        return count;
    }
    void say(BoshTime now) {
        xmpp::BoshBody body = make_body();
        for (int i = 0; i < 3 && unsaid_ > 0; ++i, --unsaid_)
            body.payload += "<c n='" + std::to_string(++said) + "'/>";
        ask(std::move(body), now);
    }
    void ask(xmpp::BoshBody body, BoshTime now) {
        if (habits_.has_keys) {
            body.key = next_key();
            if (keys_.empty()) body.newkey = new_sequence();
        }
        open_.push_back({.body = std::move(body)});
        send(open_.back(), now);
        polled_ = now;
    }
    void send(Open& open, BoshTime now) {
        open.sent = now;
        open.repeat_at = BoshTime::max();
        open.connection = send_(open.body);
    }
    Open* find(std::uint64_t connection) {
        for (Open& open : open_)
            if (open.connection == connection) return &open;
        return nullptr;
    }
    void read(std::string_view answer) {
        constexpr std::string_view kStanza = "<s n='";
        for (std::size_t at = answer.find(kStanza); at != std::string_view::npos;
             at = answer.find(kStanza, at + 1)) {
            int number = 0;
            std::from_chars(answer.data() + at + kStanza.size(), answer.data() + answer.size(),
                            number);
            if (number != ++heard) complaint = "the client hears a stanza twice or too late";
        }
        if (answer.find("type='terminate'") != std::string_view::npos) is_told_end = true;
    }

    const BoshHabits& habits_;
    Send send_;
    std::uint64_t next_rid_;
    std::deque<Open> open_;  // by rising rid
    std::deque<std::string> keys_;
    int unsaid_ = 0;
    bool has_session_ = false;
    BoshTime polled_;
};

}  // namespace proxy::scene
