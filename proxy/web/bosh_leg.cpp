#include "proxy/web/bosh_leg.h"

#include <algorithm>
#include <cassert>
#include <utility>
#include <variant>

namespace proxy {

using xmpp::StreamCutter;

namespace {

ClientFault fault_of(const BoshOver& over) {
    const auto condition = over.condition.value_or(xmpp::BoshCondition::bad_request);
    return {.is_of_frames = true,
            .condition = condition == xmpp::BoshCondition::policy_violation
                             ? xmpp::StreamErrorCondition::policy_violation
                             : xmpp::StreamErrorCondition::bad_format,
            .rule = to_string(condition),
            .text = {}};
}

}  // namespace

BoshLeg::BoshLeg(BoshHouse& house, ClientFacts facts, xmpp::BoshSid sid, xmpp::BoshBody creation,
                 BoshRequestId request)
    : house_(house),
      sid_(std::move(sid)),
      peer_(facts.client),
      facts_(std::make_unique<const ClientFacts>(std::move(facts))),
      creation_(std::make_unique<Creation>(Creation{std::move(creation), request})),
      machine_(house.settings()),
      cutter_(house.scan_work()),
      clock_(house.loop(), [this] { on_clock(); }) {}

BoshLeg::~BoshLeg() {
    house_.forget(*this);
}

void BoshLeg::begin(ClientLegEvents& events) {
    assert(events_ == nullptr);
    events_ = &events;
    clock_.start_now();
}

void BoshLeg::begin_machine() {
    const std::unique_ptr<Creation> creation = std::move(creation_);
    BoshActions actions;
    machine_.begin(creation->body, xmpp::BoshSid(sid_), creation->request, now(), actions);
    perform_and_tell(actions);
}

core::Result<void, std::string> BoshLeg::start_tls(std::string_view) {
    return core::fail(std::string("BOSH has its TLS below"));
}

const ClientFacts& BoshLeg::facts() const {
    assert(facts_ != nullptr);
    return *facts_;
}

// From the client.

void BoshLeg::take(xmpp::BoshBody body, BoshRequestId request) {
    if (creation_) begin_machine();
    BoshActions actions;
    machine_.request(std::move(body), request, now(), actions);
    perform_and_tell(actions);
}

void BoshLeg::request_gone(BoshRequestId request) {
    if (creation_) begin_machine();
    BoshActions actions;
    machine_.request_gone(request, now(), actions);
    perform_and_tell(actions);
}

void BoshLeg::on_clock() {
    if (creation_) return begin_machine();
    BoshActions actions;
    if (is_resuming_) {
        is_resuming_ = false;
        show_inbox();
        if (!is_paused_) machine_.resume_input(now(), actions);
    }
    machine_.on_time(now(), actions);
    perform_and_tell(actions);
}

void BoshLeg::perform_and_tell(const BoshActions& actions) {
    for (const BoshAction& action : actions) {
        if (const auto* reply = std::get_if<BoshReply>(&action)) {
            house_.reply(*reply);
        } else if (const auto* stream = std::get_if<BoshStreamBytes>(&action)) {
            to_session(stream->bytes);
        } else {
            over_ = std::get<BoshOver>(action);
        }
        if (is_abandoned_) return;
    }
    if (is_full_ && machine_.has_room() && !is_finishing_) {
        is_full_ = false;
        events_->on_client_drained();
    }
    tell_over();
    set_clock();
}

void BoshLeg::perform_quietly(const BoshActions& actions) {
    for (const BoshAction& action : actions) {
        if (const auto* reply = std::get_if<BoshReply>(&action)) house_.reply(*reply);
        if (const auto* over = std::get_if<BoshOver>(&action)) over_ = *over;
    }
    set_clock();
}

void BoshLeg::to_session(std::string_view bytes) {
    if (is_finishing_) return;
    inbox_.append(bytes);
    show_inbox();
}

void BoshLeg::show_inbox() {
    if (is_finishing_ || is_paused_ || inbox_.empty()) return;
    const std::size_t done = events_->on_client_bytes(inbox_.view());
    inbox_.consume(std::min(done, inbox_.size()));
}

void BoshLeg::tell_over() {
    if (!over_ || is_told_ || is_inbox_first()) return;
    is_told_ = true;
    house_.forget(*this);
    if (is_finishing_) return events_->on_client_gone();
    switch (over_->end) {
        case BoshEnd::client_ended:
        case BoshEnd::server_ended: return events_->on_client_end();
        case BoshEnd::inactive: return events_->on_client_lost(ClientLoss::connection, "inactive");
        case BoshEnd::refused: return events_->on_client_broke_rules(fault_of(*over_));
    }
}

void BoshLeg::set_clock() {
    if (is_abandoned_) return;
    const bool is_end_due = over_ && !is_told_ && !is_inbox_first();
    if (is_resuming_ || is_end_due) return clock_.start_now();
    const auto due = over_ ? std::nullopt : machine_.next_deadline();
    if (!due) return clock_.cancel();
    const auto wait = std::chrono::ceil<std::chrono::milliseconds>(*due - now());
    clock_.start(std::max(wait, std::chrono::milliseconds(0)));
}

void BoshLeg::pause_reading() {
    is_paused_ = true;
    is_resuming_ = false;
    machine_.pause_input();
}

void BoshLeg::resume_reading() {
    if (!is_paused_) return;
    is_paused_ = false;
    is_resuming_ = true;
    set_clock();
}

// To the client.

bool BoshLeg::send(std::string_view bytes) {
    if (over_ || is_abandoned_ || bytes.empty()) return true;
    core::ByteBuffer all = std::move(outbox_);
    if (!all.empty()) {
        all.append(bytes);
        bytes = all.view();
    }
    BoshActions actions;
    for (bool is_more = true; is_more;) {
        StreamCutter::Piece piece = cutter_.next(bytes);
        bytes.remove_prefix(piece.size);
        switch (piece.cut) {
            case StreamCutter::Cut::need_more:
                outbox_.append(bytes);
                is_more = false;
                break;
            case StreamCutter::Cut::nothing: break;
            case StreamCutter::Cut::header: machine_.header(*piece.header); break;
            case StreamCutter::Cut::element: machine_.element(piece); break;
            case StreamCutter::Cut::end: machine_.end(true, now(), actions); break;
            case StreamCutter::Cut::refused:
                assert(false);  // what sessions send is a stream
                is_more = false;
                break;
        }
    }
    machine_.flush(now(), actions);
    perform_quietly(actions);
    is_full_ = !machine_.has_room();
    return !is_full_;
}

// The end.

void BoshLeg::finish() {
    is_finishing_ = true;
    inbox_.release();
    if (over_) return;
    if (creation_) return end_before_begin();
    BoshActions actions;
    // Nothing where the end tag has said it.
    machine_.end(false, now(), actions);
    perform_quietly(actions);
}

void BoshLeg::end_before_begin() {
    house_.reply({creation_->request, BoshEntity(xmpp::kBoshItemNotFound)});
    creation_.reset();
    over_ = BoshOver{BoshEnd::server_ended};
}

void BoshLeg::abandon() {
    if (is_abandoned_) return;
    if (creation_) {
        end_before_begin();
    } else if (!over_) {
        BoshActions actions;
        machine_.abandon(actions);
        for (const BoshAction& action : actions)
            if (const auto* reply = std::get_if<BoshReply>(&action)) house_.reply(*reply);
    }
    is_abandoned_ = true;
    clock_.cancel();
    house_.forget(*this);
}

}  // namespace proxy
