// The client's side of a BOSH session: which request is which, and what it does to the stream.
// Answers are made in bosh_machine_answers.cpp.

#include "proxy/web/bosh_machine.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include "core/spread.h"

namespace proxy {
namespace {

using std::chrono::seconds;

/// Clients round, and networks delay: polls this much earlier are no offence.
constexpr seconds kPollingLeeway{1};

seconds at_most(std::optional<std::uint32_t> asked, seconds otherwise, seconds most) {
    return asked ? std::min(seconds(*asked), most) : otherwise;
}

bool may_exceed_window(const xmpp::BoshBody& body) {
    return body.pause.has_value() || body.terminates;
}

bool is_empty_poll(const xmpp::BoshBody& body) {
    return body.payload.empty() && !body.restarts && !body.terminates && !body.pause;
}

}  // namespace

void BoshMachine::begin(const xmpp::BoshBody& creation, xmpp::BoshSid sid, BoshRequestId id,
                        TimePoint now, BoshActions& actions) {
    assert(next_rid_ == 0);
    wait_ = at_most(creation.wait, settings_.wait, settings_.wait_most);
    hold_ = static_cast<std::uint8_t>(std::min(creation.hold.value_or(1), 1U));
    // Clients know `wait` alone; strophe.js repeats a request whose answer was lost after 1.1 of
    // it.
    usual_inactivity_ =
        std::max({settings_.inactivity, wait_ / 2 + seconds(30), wait_ * 11 / 10 + seconds(15)});
    inactivity_ = usual_inactivity_;
    last_seen_ = now;
    uses_acks_ = creation.ack == 1;
    is_legacy_ = !creation.ver;
    to_ = creation.to;
    lang_ = creation.lang;
    creation_ = std::make_unique<Creation>();
    creation_->sid = std::move(sid);
    creation_->ver = std::min(creation.ver.value_or(xmpp::BoshVersion{}), xmpp::kBoshVersion);
    next_rid_ = creation.rid + 1;
    held_ = {creation.rid, id, now + wait_};
    const bool has_key = accept_key(creation);
    assert(has_key);
    static_cast<void>(has_key);

    xmpp::StreamHeader header;
    header.to = creation.to;
    header.from = creation.from;
    header.lang = creation.lang;
    actions.push_back(BoshStreamBytes{xmpp::write_initial_header(header)});
    if (is_polling()) answer_held(With::nothing, now, actions);
}

void BoshMachine::request(xmpp::BoshBody body, BoshRequestId id, TimePoint now,
                          BoshActions& actions) {
    if (is_over_) {
        actions.push_back(BoshReply{id, BoshEntity(xmpp::kBoshItemNotFound),
                                    is_legacy_ ? std::uint16_t{404} : std::uint16_t{200}});
        return;
    }
    inactivity_ = usual_inactivity_;
    last_seen_ = now;
    if (body.rid < next_rid_) {
        repeat(body, id, now, actions);
    } else if (!is_in_window(body)) {
        refuse(xmpp::BoshCondition::item_not_found, id, actions);
    } else if (body.rid == next_rid_ && !is_input_paused_) {
        process({std::move(body), id, now}, now, actions);
        process_parked(now, actions);
    } else {
        park(std::move(body), id, now, actions);
    }
}

/// XEP-0124 section 14.2: of the size `requests`, behind the last request in order. Section 11: one
/// more to pause or terminate.
bool BoshMachine::is_in_window(const xmpp::BoshBody& body) const {
    const std::uint64_t last = next_rid_ - 1 + kBoshRequests + (may_exceed_window(body) ? 1 : 0);
    return body.rid <= last;
}

/// `wait` is the longest time (XEP-0124 section 7). Requests that came together are answered a
/// little before, each at a time of its own, or they would come together again and again.
BoshMachine::TimePoint BoshMachine::held_until(TimePoint now) const {
    return now + core::spread_below(wait_, core::mixed(held_.rid));
}

/// XEP-0124 section 14.3: the answer again; or, if there is none yet, the place of the connection
/// that the client has given up.
void BoshMachine::repeat(const xmpp::BoshBody& body, BoshRequestId id, TimePoint now,
                         BoshActions& actions) {
    if (keys_ && !keys_->is_repeat(body))
        return refuse(xmpp::BoshCondition::item_not_found, id, actions);
    if (body.rid == held_.rid) {
        replace(held_.id, id, actions);
        held_.deadline = held_until(now);
        if (has_server_ended_) return tell_end(actions);
        if (!output_.empty()) answer_held(With::what_waits, now, actions);
        return;
    }
    if (const BoshEntity* kept = kept_.find(body.rid)) {
        actions.push_back(BoshReply{id, *kept});
        return;
    }
    // It may be a late copy of what the client has long got an answer to, so the session goes on.
    actions.push_back(BoshReply{
        id, BoshEntity(xmpp::kBoshItemNotFound),
        is_legacy_ ? legacy_status(xmpp::BoshCondition::item_not_found) : std::uint16_t{200}});
}

/// An empty body would be taken for the answer to this rid; the answer is still to come.
void BoshMachine::replace(BoshRequestId& old, BoshRequestId id, BoshActions& actions) {
    if (old != BoshRequestId{})
        actions.push_back(BoshReply{old, BoshEntity(xmpp::kBoshRecoverableError)});
    old = id;
}

void BoshMachine::park(xmpp::BoshBody body, BoshRequestId id, TimePoint now, BoshActions& actions) {
    const auto at = std::find_if(parked_.begin(), parked_.end(),
                                 [&](const Parked& parked) { return parked.body.rid >= body.rid; });
    if (at == parked_.end() || at->body.rid != body.rid) {
        parked_.insert(at, {std::move(body), id, now});
        return;
    }
    if (at->body.key != body.key) return refuse(xmpp::BoshCondition::item_not_found, id, actions);
    replace(at->id, id, actions);
}

void BoshMachine::process_parked(TimePoint now, BoshActions& actions) {
    while (!is_over_ && !is_input_paused_ && !parked_.empty() &&
           parked_.front().body.rid == next_rid_) {
        Parked request = std::move(parked_.front());
        parked_.erase(parked_.begin());
        process(std::move(request), now, actions);
    }
    if (parked_.empty()) parked_.shrink_to_fit();
}

void BoshMachine::process(Parked request, TimePoint now, BoshActions& actions) {
    const xmpp::BoshBody& body = request.body;
    if (!accept_key(body)) return refuse(xmpp::BoshCondition::item_not_found, request.id, actions);
    if (polls_too_fast(request))
        return refuse(xmpp::BoshCondition::policy_violation, request.id, actions);
    next_rid_ = body.rid + 1;
    forget_acknowledged(body);
    if (held_.rid != 0 && !has_server_ended_) answer_held(With::what_waits, now, actions);

    const bool is_poll = is_empty_poll(body);
    last_poll_.reset();
    if (!has_server_ended_) write_to_stream(request.body, actions);
    held_ = {body.rid, request.id, {}};
    held_.deadline = held_until(now);
    if (body.terminates) {
        terminate_all(std::nullopt, {}, actions);
        return be_over({BoshEnd::client_ended}, actions);
    }
    if (has_server_ended_) return tell_end(actions);
    if (body.pause) return pause(*body.pause, now, actions);
    if (is_polling() && is_poll && output_.empty()) last_poll_ = request.since;
    if (is_polling() || (!output_.empty() && request.id != BoshRequestId{}))
        answer_held(With::what_waits, now, actions);
}

/// XEP-0124 section 12: a second empty request within `polling` of one that brought nothing. Where
/// requests are held nobody needs to poll, and an empty request holds the place of the last one.
bool BoshMachine::polls_too_fast(const Parked& request) {
    return is_polling() && last_poll_ && is_empty_poll(request.body) &&
           request.since < *last_poll_ + settings_.polling - kPollingLeeway;
}

bool BoshMachine::accept_key(const xmpp::BoshBody& body) {
    if (keys_) return keys_->accept(body);
    if (body.newkey.empty()) return true;
    keys_ = std::make_unique<BoshKeys>();
    return keys_->accept(body);
}

/// XEP-0124 section 9.2: no `ack` says that the client has all answers.
void BoshMachine::forget_acknowledged(const xmpp::BoshBody& body) {
    if (uses_acks_) kept_.forget_up_to(std::min(body.ack.value_or(body.rid - 1), body.rid - 1));
}

/// What the request says to the server. A restart carries nothing (XEP-0206 section 5).
void BoshMachine::write_to_stream(xmpp::BoshBody& body, BoshActions& actions) const {
    std::string bytes = std::move(body.payload);
    if (body.restarts) {
        xmpp::StreamHeader header;
        header.to = body.to.empty() ? to_ : body.to;
        header.from = body.from;
        header.lang = body.lang.empty() ? lang_ : body.lang;
        bytes = xmpp::write_initial_header(header);
    }
    if (body.terminates) bytes += xmpp::kStreamEnd;
    if (!bytes.empty()) actions.push_back(BoshStreamBytes{std::move(bytes)});
}

/// XEP-0124 section 10. A longer pause than we allow becomes the longest; 0 asks for no change.
void BoshMachine::pause(std::uint32_t asked, TimePoint now, BoshActions& actions) {
    answer_held(With::nothing, now, actions);
    if (asked != 0) inactivity_ = std::min(seconds(asked), settings_.maxpause);
}

void BoshMachine::request_gone(BoshRequestId id, TimePoint now, BoshActions& actions) {
    if (is_over_ || id == BoshRequestId{}) return;
    if (held_.id == id) {
        held_.id = {};
        last_seen_ = now;
        if (!creation_) return;
        // Without a sid the client cannot come back.
        terminate_all(xmpp::BoshCondition::item_not_found, {}, actions);
        return be_over({BoshEnd::inactive}, actions);
    }
    for (Parked& parked : parked_) {
        if (parked.id != id) continue;
        parked.id = {};
        last_seen_ = now;
    }
}

void BoshMachine::resume_input(TimePoint now, BoshActions& actions) {
    is_input_paused_ = false;
    process_parked(now, actions);
}

}  // namespace proxy
