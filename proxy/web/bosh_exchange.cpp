#include "proxy/web/bosh_exchange.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "core/log.h"

namespace proxy {

BoshExchange::BoshExchange(WebShared& shared, WebAnswer& answer, const http::RequestHead& head)
    : shared_(shared), answer_(answer), origin_(head.fields().only("Origin").value_or("")) {}

void BoshExchange::on_over() {
    const BoshRequestId id = std::exchange(id_, BoshRequestId());
    if (id == BoshRequestId()) return;
    shared_.counts().note(BoshResult::gone);
    // Nobody takes the answer any more; its session hears that it is not wanted.
    shared_.bosh().stop_waiting(id);
    if (const auto passed = std::exchange(passed_, std::nullopt))
        shared_.bosh().pass_gone(passed->worker, passed->sid, id);
}

bool BoshExchange::on_body(std::string_view bytes) {
    body_ += bytes;
    return true;
}

void BoshExchange::on_body_complete() {
    xmpp::BoshLimits limits = xmpp::bosh_limits(shared_.stream_limits());
    limits.scan.bytes = std::min(limits.scan.bytes, shared_.config().web.bosh_body);
    const std::string entity = std::exchange(body_, {});
    auto body = xmpp::read_bosh_body(entity, shared_.scan_work(), limits);
    if (!body) return refuse(body.error());
    if (body->sid.reveal().empty())
        create(std::move(body).value());
    else
        pass(std::move(body).value());
}

void BoshExchange::create(xmpp::BoshBody body) {
    const std::uint32_t most = shared_.config().web.bosh_sessions;
    const bool is_full = most != 0 && shared_.bosh().sessions() >= most;
    AddressPlace place;
    const auto refused = is_full ? Refused::process_full : answer_.take_place(place);
    if (refused) {
        shared_.counts().note(BoshResult::no_place);
        const std::array fields{http::HeadField{"Retry-After", "10"}};
        return answer_.refuse(no_place_for_session(*refused), fields);
    }
    id_ = shared_.bosh().wait(static_cast<BoshWaiting&>(*this));
    auto leg = shared_.bosh().create(std::move(body), id_, answer_.facts());
    passed_ = Passed{shared_.bosh().worker(), xmpp::BoshSid(std::string(leg->sid()))};
    shared_.host().begin_session(WebSessionKind::bosh, std::move(leg), std::move(place));
}

void BoshExchange::pass(xmpp::BoshBody body) {
    const auto worker = shared_.bosh().sids().worker_of(body.sid.reveal());
    if (!worker) {
        shared_.counts().note(BoshResult::unknown_session);
        if (shared_.bosh().guesses().is_too_much(answer_.client(), core::Clock::now()))
            return answer_.refuse({429, "There is no such session; too many such requests."});
        const bool is_legacy = !body.ver;
        return respond(is_legacy ? legacy_status(xmpp::BoshCondition::item_not_found) : 200,
                       xmpp::kBoshItemNotFound);
    }
    answer_.leave_place();
    id_ = shared_.bosh().wait(static_cast<BoshWaiting&>(*this));
    passed_ = Passed{*worker, body.sid};
    shared_.bosh().pass(*worker, std::move(body), id_);
}

void BoshExchange::refuse(const xmpp::BoshRefusal& why) {
    core::Log(core::Severity::info, "request_refused")
        .with("peer", answer_.client().to_string())
        .with("reason", to_string(why.condition))
        .with("detail", why.reason);
    shared_.counts().note(BoshResult::bad_request);
    respond(legacy_status(why.condition), xmpp::write_bosh_terminate(why.condition));
}

void BoshExchange::answer(std::uint16_t status, std::string_view entity) {
    shared_.counts().note(BoshResult::answered);
    respond(status, entity);
}

void BoshExchange::respond(std::uint16_t status, std::string_view entity) {
    id_ = BoshRequestId();
    passed_.reset();
    answer_.respond(status, fields(), entity);
}

std::vector<http::HeadField> BoshExchange::fields() const {
    std::vector<http::HeadField> all = cors_fields(origin_);
    all.push_back({"Content-Type", "text/xml; charset=utf-8"});
    all.push_back({"Cache-Control", "no-store"});
    return all;
}

}  // namespace proxy
