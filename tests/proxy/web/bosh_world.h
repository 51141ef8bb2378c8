#pragma once
// A BOSH client, a bad network, the machine, and a server that numbers its stanzas, in invented
// time: seeded, so that each round can be played again.

#include <algorithm>
#include <queue>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "proxy/web/bosh_machine.h"
#include "tests/proxy/web/bosh_client.h"

namespace proxy::scene {

struct BoshWeather {
    int lost_percent = 0;      // of requests and of answers
    int silently_percent = 0;  // of those: nobody notices
    int twice_percent = 0;     // a request arrives again, up to 20 s later
    int broken_percent = 0;    // a connection breaks while its request waits
    int reload_percent = 0;    // at each of the server's stanzas
    bool server_ends = false;  // as soon as it has said all
    milliseconds delay_most{1500};
};

class BoshWorld {
public:
    BoshWorld(const BoshHabits& habits, const BoshWeather& weather, unsigned seed)
        : weather_(weather),
          random_(seed),
          machine_(settings_),
          client_(habits, 1 + random_() % 1'000'000,
                  [this](const xmpp::BoshBody& body) { return send(body); }) {
        settings_.output_bytes = 200;  // a few stanzas
    }

    /// Until all stanzas have arrived and the client has said the end, or the session is over.
    /// Returns what is wrong; "" if nothing is.
    std::string run(int stanzas) {
        stanzas_ = stanzas;
        machine_.begin(client_.create(1, now_), xmpp::BoshSid("s"), BoshRequestId(1), now_,
                       actions_);
        connections_ = 1;
        perform();
        at(milliseconds(100), What::features);
        at(milliseconds(200), What::server);
        at(milliseconds(300), What::speech);
        const BoshTime latest = now_ + std::chrono::hours(2);
        while (!over_) {
            if (events_.empty() || now_ > latest) return "nothing happens any more";
            step();
            if (!client_.complaint.empty()) return client_.complaint;
            if (!complaint_.empty()) return complaint_;
        }
        // What is still on its way.
        for (; !events_.empty(); events_.pop()) {
            const Event& event = events_.top();
            if (event.what == What::answer)
                client_.on_answer(event.connection, event.text, event.time);
        }
        return client_.complaint;
    }

    bool is_complete() const {
        return heard_ == stanzas_ && client_.heard == stanzas_ && over_ &&
               over_->end == BoshEnd::client_ended;
    }
    /// The client knows that the server has ended, and has heard all before.
    bool is_told_all() const { return client_.heard == stanzas_ && client_.is_told_end; }
    const BoshOver& end() const { return *over_; }

private:
    enum class What : std::uint8_t {
        features,
        server,   // the server says something
        speech,   // the client wants to
        act,      // the client looks at its clock
        arrival,  // of a request
        gone,     // the machine learns that a connection is lost
        answer,   // reaches the client
        failure,  // the client learns that a connection is lost
        resume,   // the session takes bytes again
    };
    struct Event {
        BoshTime time;
        std::uint64_t order;
        What what;
        std::uint64_t connection;
        std::string text;
        std::shared_ptr<const xmpp::BoshBody> body;
    };
    struct Later {
        bool operator()(const Event& a, const Event& b) const {
            return std::pair(a.time, a.order) > std::pair(b.time, b.order);
        }
    };

    bool chance(int percent) { return static_cast<int>(random_() % 100) < percent; }
    milliseconds within(milliseconds most) {
        return milliseconds(1 + random_() % static_cast<unsigned>(most.count()));
    }
    void at(milliseconds delay, What what, std::uint64_t connection = 0, std::string text = {},
            std::shared_ptr<const xmpp::BoshBody> body = {}) {
        events_.push({now_ + delay, ++order_, what, connection, std::move(text), std::move(body)});
    }

    void step() {
        const BoshTime next = events_.top().time;
        for (auto due = machine_.next_deadline(); due && *due <= next && !over_;
             due = machine_.next_deadline()) {
            now_ = std::max(now_, *due);
            machine_.on_time(now_, actions_);
            perform();
        }
        if (over_) return;
        const Event event = events_.top();
        events_.pop();
        now_ = event.time;
        happen(event);
        perform();
        if (over_) return;
        client_.act(now_);
        const BoshTime due = client_.next_due();
        if (due >= wakes_) return;
        wakes_ = due;
        events_.push({std::max(due, now_), ++order_, What::act});
    }

    void happen(const Event& event) {
        switch (event.what) {
            case What::features: return server_says("<f/>");
            case What::server: return server();
            case What::speech: return speech();
            case What::act: wakes_ = BoshTime::max(); return;
            case What::arrival:
                return machine_.request(*event.body, BoshRequestId(event.connection), now_,
                                        actions_);
            case What::gone:
                return machine_.request_gone(BoshRequestId(event.connection), now_, actions_);
            case What::answer: return client_.on_answer(event.connection, event.text, now_);
            case What::failure:
                return client_.on_failure(event.connection, now_, within(milliseconds(2000)));
            case What::resume: return machine_.resume_input(now_, actions_);
        }
    }

    void server_says(const std::string& bytes) {
        machine_.element({.cut = xmpp::StreamCutter::Cut::element, .rest = bytes});
        if (chance(70)) machine_.flush(now_, actions_);
    }
    void server() {
        if (machine_.has_room() && said_ < stanzas_)
            server_says("<s n='" + std::to_string(++said_) + "'/>");
        machine_.flush(now_, actions_);
        if (weather_.server_ends && said_ == stanzas_) machine_.end(true, now_, actions_);
        if (chance(weather_.reload_percent)) client_.reload(now_);
        if (chance(10)) {
            machine_.pause_input();
            at(within(milliseconds(5000)), What::resume);
        }
        const bool is_done = heard_ == stanzas_ && client_.heard == stanzas_;
        if (is_done && !has_said_end_ && !weather_.server_ends) client_.end(now_);
        has_said_end_ = has_said_end_ || is_done;
        at(within(milliseconds(chance(5) ? 100'000 : 3000)), What::server);
    }
    void speech() {
        const int more = std::min(stanzas_ - wanted_, 1 + static_cast<int>(random_() % 4));
        client_.want_to_say(more);
        wanted_ += more;
        if (wanted_ < stanzas_) at(within(milliseconds(4000)), What::speech);
    }

    /// A request of the client goes into the network.
    std::uint64_t send(const xmpp::BoshBody& body) {
        const std::uint64_t connection = ++connections_;
        if (chance(weather_.lost_percent)) {
            if (!chance(weather_.silently_percent))
                at(within(weather_.delay_most), What::failure, connection);
            return connection;
        }
        const auto copy = std::make_shared<const xmpp::BoshBody>(body);
        at(within(weather_.delay_most), What::arrival, connection, {}, copy);
        if (chance(weather_.twice_percent))
            at(within(milliseconds(20'000)), What::arrival, ++connections_, {}, copy);
        if (chance(weather_.broken_percent)) {
            at(within(milliseconds(10'000)), What::gone, connection);
            at(within(milliseconds(10'000)), What::failure, connection);
        }
        return connection;
    }

    void perform() {
        for (BoshAction& action : std::exchange(actions_, {})) {
            if (auto* reply = std::get_if<BoshReply>(&action)) answer(*reply);
            if (auto* bytes = std::get_if<BoshStreamBytes>(&action)) hear(bytes->bytes);
            if (auto* over = std::get_if<BoshOver>(&action)) over_ = *over;
        }
    }
    /// An answer of the machine goes into the network.
    void answer(const BoshReply& reply) {
        const std::uint64_t connection = reply.request.get();
        const bool is_creation = connection == 1;  // a client repeats it with another session
        if (!is_creation && chance(weather_.lost_percent)) {
            if (!chance(weather_.silently_percent))
                at(within(weather_.delay_most), What::failure, connection);
            return;
        }
        at(within(weather_.delay_most), What::answer, connection, std::string(reply.entity.view()));
    }
    void hear(std::string_view bytes) {
        constexpr std::string_view kStanza = "<c n='";
        for (std::size_t at = bytes.find(kStanza); at != std::string_view::npos;
             at = bytes.find(kStanza, at + 1)) {
            int number = 0;
            std::from_chars(bytes.data() + at + kStanza.size(), bytes.data() + bytes.size(),
                            number);
            if (number != ++heard_) complaint_ = "the server hears a stanza twice or too early";
        }
    }

    const BoshWeather& weather_;
    std::mt19937 random_;
    BoshSettings settings_;
    BoshMachine machine_;
    BoshClient client_;
    std::priority_queue<Event, std::vector<Event>, Later> events_;
    BoshTime now_{std::chrono::hours(1)};
    BoshActions actions_;
    std::optional<BoshOver> over_;
    std::string complaint_;
    std::uint64_t connections_ = 0;
    std::uint64_t order_ = 0;
    int stanzas_ = 0;  // each way
    int said_ = 0;     // by the server
    int heard_ = 0;    // by the server
    int wanted_ = 0;   // by the client
    BoshTime wakes_ = BoshTime::max();
    bool has_said_end_ = false;
};

}  // namespace proxy::scene
