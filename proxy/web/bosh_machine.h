#pragma once
// One BOSH session (XEP-0124, XEP-0206) between a client's HTTP requests and the plain stream of
// its session. A pure machine: requests, bytes and time in, actions out; it knows no socket, clock
// or log, and neither draws nor compares sids. One thread.
//
//      request in order ----> processed: its payload goes to the stream
//         |                       |
//         | one is missing        v
//         v                     held: at most one, for at most `wait`
//      parked: until those        |  payload for the client, the next request, time, the end
//      before it are there        v
//                              answered: kept for a repeat
//
// A request whose connection breaks stays where it is, without a connection: the client repeats it,
// and the repeat takes its place.

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "proxy/web/bosh_actions.h"
#include "proxy/web/bosh_kept.h"
#include "proxy/web/bosh_keys.h"
#include "xmpp/bosh_body.h"
#include "xmpp/stream_cutter.h"
#include "xmpp/stream_header.h"

namespace proxy {

struct BoshSettings {
    std::chrono::seconds wait{60};        // for clients that ask for none
    std::chrono::seconds wait_most{120};  // whatever they ask for
    std::chrono::seconds inactivity{60};  // at least
    std::chrono::seconds maxpause{120};
    std::chrono::seconds polling{5};        // announced to all, enforced where nothing is held
    std::size_t output_bytes = 512 * 1024;  // waiting for the client: has_room() is false
    bool is_way_to_server_secure = false;
};

/// Announced as `requests`, one of them held (`hold`). XEP-0124 section 14.2: the window, too.
inline constexpr std::uint64_t kBoshRequests = 2;

class BoshMachine {
public:
    using TimePoint = std::chrono::steady_clock::time_point;

    /// `settings` outlives the machine.
    explicit BoshMachine(const BoshSettings& settings) : settings_(settings) {}

    // From the client. `id` is fresh for each.

    /// The session creation request, once, before all else. It is answered with `sid` when the
    /// server's features are there or `wait` is over.
    void begin(const xmpp::BoshBody& creation, xmpp::BoshSid sid, BoshRequestId id, TimePoint now,
               BoshActions& actions);
    /// Any other request with this session's sid.
    void request(xmpp::BoshBody body, BoshRequestId id, TimePoint now, BoshActions& actions);
    /// The connection of an unanswered request is lost. Any other id means nothing.
    void request_gone(BoshRequestId id, TimePoint now, BoshActions& actions);
    /// An answer has gone out in full, which may have taken a while.
    void answer_sent(TimePoint now) { last_seen_ = now; }

    // From the session.

    /// The server's header: what the answer to the creation says of it.
    void header(const xmpp::StreamHeader& header);
    /// An element for the client, which leaves with the next flush().
    void element(const xmpp::StreamCutter::Piece& piece);
    /// All that came at once is there: a held request is answered with it.
    void flush(TimePoint now, BoshActions& actions);
    /// The server's side is over: after its end tag, or cut. What waits for the client goes out
    /// first, with its next request if none is held.
    void end(bool is_said, TimePoint now, BoshActions& actions);
    /// Drops what waits, and tells the client with what it has open.
    void abandon(BoshActions& actions);
    /// The session takes no bytes for a while: requests wait, too, and so will the client.
    void pause_input() { is_input_paused_ = !has_server_ended_; }
    void resume_input(TimePoint now, BoshActions& actions);

    // Time.

    /// When on_time() is due; nullopt if nothing waits for a time.
    std::optional<TimePoint> next_deadline() const;
    void on_time(TimePoint now, BoshActions& actions);

    /// Is there room for more elements? They are taken all the same.
    bool has_room() const { return output_.size() < settings_.output_bytes; }
    /// False: a request waits for the session; read no more of others.
    bool wants_input() const { return !is_input_paused_ || parked_.empty(); }
    bool is_over() const { return is_over_; }

private:
    struct Held {
        std::uint64_t rid = 0;  // 0: there is none
        BoshRequestId id;       // none: its connection is lost
        TimePoint deadline;
    };
    struct Parked {
        xmpp::BoshBody body;
        BoshRequestId id;
        TimePoint since;
    };
    /// What only the answer to the creation says.
    struct Creation {
        xmpp::BoshSid sid;
        xmpp::BoshVersion ver;
        std::string authid;
        std::string from;
    };

    // bosh_machine.cpp
    bool is_in_window(const xmpp::BoshBody& body) const;
    bool is_polling() const { return hold_ == 0 || wait_.count() == 0; }
    void repeat(const xmpp::BoshBody& body, BoshRequestId id, TimePoint now, BoshActions& actions);
    void replace(BoshRequestId& old, BoshRequestId id, BoshActions& actions);
    void park(xmpp::BoshBody body, BoshRequestId id, TimePoint now, BoshActions& actions);
    void process(Parked request, TimePoint now, BoshActions& actions);
    void process_parked(TimePoint now, BoshActions& actions);
    bool polls_too_fast(const Parked& request);
    bool accept_key(const xmpp::BoshBody& body);
    void forget_acknowledged(const xmpp::BoshBody& body);
    void write_to_stream(xmpp::BoshBody& body, BoshActions& actions) const;
    void pause(std::uint32_t asked, TimePoint now, BoshActions& actions);

    // bosh_machine_answers.cpp
    enum class With : std::uint8_t { what_waits, nothing };
    void answer_held(With with, TimePoint now, BoshActions& actions);
    BoshEntity made_entity(std::string_view payload, std::uint64_t rid);
    std::string creation_entity(std::string_view payload, std::uint64_t rid);
    std::string take_output();
    void tell_end(BoshActions& actions);
    void refuse(xmpp::BoshCondition condition, BoshRequestId id, BoshActions& actions);
    void terminate_all(std::optional<xmpp::BoshCondition> condition, BoshRequestId last,
                       BoshActions& actions);
    void be_over(BoshOver over, BoshActions& actions);
    bool has_open_request() const;
    std::optional<TimePoint> gap_deadline() const;
    TimePoint held_until(TimePoint now) const;

    const BoshSettings& settings_;
    std::uint64_t next_rid_ = 0;
    Held held_;
    std::vector<Parked> parked_;  // by rising rid
    BoshKept kept_;
    std::string output_;  // elements that wait for the client

    std::chrono::seconds wait_{0};
    std::chrono::seconds usual_inactivity_{0};
    std::chrono::seconds inactivity_{0};  // differs after a pause
    TimePoint last_seen_;                 // an answer was sent, or a request lost its connection
    std::optional<TimePoint> last_poll_;  // an empty one that brought nothing

    std::unique_ptr<Creation> creation_;  // until its answer
    std::unique_ptr<BoshKeys> keys_;      // null: no sequence has begun
    std::string to_;
    std::string lang_;
    std::optional<xmpp::StreamErrorCondition> stream_error_;  // that the server said

    std::uint8_t hold_ = 1;
    bool uses_acks_ = false;
    bool is_legacy_ = false;           // of before XEP-0124 1.5: it wrote no `ver`
    bool has_stream_element_ = false;  // in output_
    bool is_input_paused_ = false;
    bool has_server_ended_ = false;
    bool is_cut_ = false;  // the server's side ended without words
    bool is_over_ = false;
};

}  // namespace proxy
