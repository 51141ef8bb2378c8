// The server's side of a BOSH session, its answers, its end, and time.

#include <algorithm>
#include <utility>

#include "proxy/web/bosh_machine.h"
#include "xmpp/namespaces.h"
#include "xmpp/stream_error_reader.h"

namespace proxy {
namespace {

/// What stands for an error that a server says before it has opened its stream in earnest: the
/// words of XEP-0124 for what the client's first request cannot have. Other errors are told as they
/// are.
std::optional<xmpp::BoshCondition> condition_of_creation(xmpp::StreamErrorCondition error) {
    switch (error) {
        case xmpp::StreamErrorCondition::host_gone: return xmpp::BoshCondition::host_gone;
        case xmpp::StreamErrorCondition::host_unknown: return xmpp::BoshCondition::host_unknown;
        case xmpp::StreamErrorCondition::improper_addressing:
            return xmpp::BoshCondition::improper_addressing;
        case xmpp::StreamErrorCondition::internal_server_error:
            return xmpp::BoshCondition::internal_server_error;
        case xmpp::StreamErrorCondition::remote_connection_failed:
            return xmpp::BoshCondition::remote_connection_failed;
        case xmpp::StreamErrorCondition::system_shutdown:
            return xmpp::BoshCondition::system_shutdown;
        default: return std::nullopt;
    }
}

}  // namespace

void BoshMachine::header(const xmpp::StreamHeader& header) {
    if (!creation_) return;
    creation_->authid = header.id;
    creation_->from = header.from;
}

void BoshMachine::element(const xmpp::StreamCutter::Piece& piece) {
    if (is_over_ || has_server_ended_) return;
    const std::size_t begin = output_.size();
    piece.append_to(output_);
    if (piece.namespace_uri != xmpp::ns::kStreams) return;
    has_stream_element_ = true;
    if (piece.local_name == "error")
        stream_error_ = xmpp::read_stream_error(std::string_view(output_).substr(begin));
}

void BoshMachine::flush(TimePoint now, BoshActions& actions) {
    if (is_over_ || has_server_ended_ || output_.empty() || stream_error_) return;
    if (held_.id != BoshRequestId{}) answer_held(With::what_waits, now, actions);
}

void BoshMachine::end(bool is_said, TimePoint now, BoshActions& actions) {
    if (is_over_ || has_server_ended_) return;
    has_server_ended_ = true;
    is_cut_ = !is_said;
    is_input_paused_ = false;
    last_seen_ = now;
    tell_end(actions);
    process_parked(now, actions);
}

void BoshMachine::abandon(BoshActions& actions) {
    if (is_over_) return;
    static_cast<void>(take_output());
    terminate_all(xmpp::BoshCondition::remote_connection_failed, {}, actions);
    be_over({BoshEnd::server_ended}, actions);
}

/// The held request gets its answer, which is kept. One without a connection gets an empty one, for
/// a repeat of it: what waits is for a request that is there.
void BoshMachine::answer_held(With with, TimePoint now, BoshActions& actions) {
    const Held held = std::exchange(held_, {});
    const bool is_there = held.id != BoshRequestId{};
    const std::string payload =
        with == With::what_waits && is_there ? take_output() : std::string();
    BoshEntity entity = made_entity(payload, held.rid);
    kept_.keep(held.rid, entity);
    if (!is_there) return;
    actions.push_back(BoshReply{held.id, std::move(entity)});
    last_seen_ = now;
}

BoshEntity BoshMachine::made_entity(std::string_view payload, std::uint64_t rid) {
    if (creation_) return BoshEntity(creation_entity(payload, rid));
    const bool has_stream_element = !payload.empty() && std::exchange(has_stream_element_, false);
    // XEP-0124 section 9.1: the last one in order, where that is another.
    std::optional<std::uint64_t> ack;
    if (uses_acks_ && next_rid_ - 1 != rid) ack = next_rid_ - 1;
    if (payload.empty() && !ack) return {};
    return BoshEntity(xmpp::write_bosh_body(payload, has_stream_element, ack));
}

std::string BoshMachine::creation_entity(std::string_view payload, std::uint64_t rid) {
    const auto count = [](std::chrono::seconds time) {
        return static_cast<std::uint32_t>(time.count());
    };
    const std::unique_ptr<Creation> creation = std::exchange(creation_, nullptr);
    if (!payload.empty()) has_stream_element_ = false;
    xmpp::BoshCreation answer;
    answer.sid = std::move(creation->sid);
    answer.wait = count(wait_);
    answer.requests = static_cast<std::uint32_t>(kBoshRequests);
    answer.hold = hold_;
    answer.inactivity = count(usual_inactivity_);
    answer.polling = count(settings_.polling);
    answer.maxpause = count(settings_.maxpause);
    answer.ver = creation->ver;
    if (uses_acks_) answer.ack = rid;
    answer.authid = std::move(creation->authid);
    answer.from = creation->from.empty() ? to_ : creation->from;
    answer.secure = settings_.is_way_to_server_secure;
    return xmpp::write_bosh_creation(answer, payload);
}

std::string BoshMachine::take_output() {
    return std::exchange(output_, {});
}

/// The server's side is over: says so to all requests if one is held, or waits for the next in
/// order. What comes with another's answer might be read too late.
void BoshMachine::tell_end(BoshActions& actions) {
    if (held_.id == BoshRequestId{}) return;
    std::optional<xmpp::BoshCondition> condition;
    if (stream_error_) {
        condition = xmpp::BoshCondition::remote_stream_error;
        if (const auto other = condition_of_creation(*stream_error_); other && creation_) {
            condition = other;
            static_cast<void>(take_output());  // the error, which this condition says in full
        }
    } else if (is_cut_) {
        condition = xmpp::BoshCondition::remote_connection_failed;
    }
    terminate_all(condition, {}, actions);
    be_over({BoshEnd::server_ended, condition}, actions);
}

void BoshMachine::refuse(xmpp::BoshCondition condition, BoshRequestId id, BoshActions& actions) {
    static_cast<void>(take_output());
    terminate_all(condition, id, actions);
    be_over({BoshEnd::refused, condition}, actions);
}

/// Says the end to all open requests, in their order, and to `last` in the end; the first of them
/// gets what waits for the client.
void BoshMachine::terminate_all(std::optional<xmpp::BoshCondition> condition, BoshRequestId last,
                                BoshActions& actions) {
    const std::uint16_t status =
        is_legacy_ && condition ? legacy_status(*condition) : std::uint16_t{200};
    std::string payload = take_output();
    const auto tell = [&](BoshRequestId id) {
        if (id == BoshRequestId{}) return;
        actions.push_back(BoshReply{
            id, BoshEntity(xmpp::write_bosh_terminate(condition, std::exchange(payload, {}))),
            status});
    };
    tell(held_.id);
    for (const Parked& parked : parked_) tell(parked.id);
    tell(last);
}

void BoshMachine::be_over(BoshOver over, BoshActions& actions) {
    is_over_ = true;
    held_ = {};
    parked_ = {};
    kept_.clear();
    static_cast<void>(take_output());
    creation_.reset();
    keys_.reset();
    actions.push_back(over);
}

bool BoshMachine::has_open_request() const {
    return held_.id != BoshRequestId{} ||
           std::any_of(parked_.begin(), parked_.end(),
                       [](const Parked& parked) { return parked.id != BoshRequestId{}; });
}

/// A request that never comes: its client repeats it, or the session ends. Repeats may take more
/// than `wait`.
std::optional<BoshMachine::TimePoint> BoshMachine::gap_deadline() const {
    if (parked_.empty() || parked_.front().body.rid == next_rid_) return std::nullopt;
    return parked_.front().since + wait_ + usual_inactivity_;
}

std::optional<BoshMachine::TimePoint> BoshMachine::next_deadline() const {
    if (is_over_) return std::nullopt;
    std::optional<TimePoint> first = gap_deadline();
    const auto note = [&first](TimePoint time) { first = first ? std::min(*first, time) : time; };
    if (held_.id != BoshRequestId{}) note(held_.deadline);
    if (!has_open_request()) note(last_seen_ + inactivity_);
    return first;
}

void BoshMachine::on_time(TimePoint now, BoshActions& actions) {
    if (is_over_) return;
    if (held_.id != BoshRequestId{} && now >= held_.deadline)
        answer_held(With::what_waits, now, actions);
    if (const auto gap = gap_deadline(); gap && now >= *gap)
        return refuse(xmpp::BoshCondition::item_not_found, {}, actions);
    if (!has_open_request() && now >= last_seen_ + inactivity_)
        be_over({BoshEnd::inactive}, actions);
}

}  // namespace proxy
