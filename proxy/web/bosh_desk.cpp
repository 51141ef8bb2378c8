#include "proxy/web/bosh_desk.h"

#include <utility>

namespace proxy {

namespace {

// A request's name holds the worker of its connection.
constexpr int kWorkerShift = 48;

unsigned worker_in(BoshRequestId id) {
    return static_cast<unsigned>(id.get() >> kWorkerShift);
}

}  // namespace

void BoshDesks::post(unsigned worker, std::function<void(BoshDesk&)> task) {
    if (worker >= desks_.size() || desks_[worker].loop == nullptr) return;
    desks_[worker].loop->post(
        [task = std::move(task), desk = desks_[worker].desk] { task(*desk); });
}

BoshDesk::BoshDesk(Environment environment) : environment_(environment) {
    environment_.desks.open(environment_.worker, environment_.loop, *this);
}

BoshRequestId BoshDesk::wait(BoshWaiting& request) {
    const BoshRequestId id(std::uint64_t{environment_.worker} << kWorkerShift | ++last_request_);
    waiting_.emplace(id.get(), &request);
    return id;
}

void BoshDesk::stop_waiting(BoshRequestId id) {
    waiting_.erase(id.get());
}

std::unique_ptr<BoshLeg> BoshDesk::create(xmpp::BoshBody creation, BoshRequestId id,
                                          ClientFacts facts) {
    auto leg = std::make_unique<BoshLeg>(static_cast<BoshHouse&>(*this), std::move(facts),
                                         sids().make(environment_.worker), std::move(creation), id);
    sessions_.emplace(leg->sid(), leg.get());
    ++environment_.desks.sessions;
    return leg;
}

void BoshDesk::forget(const BoshLeg& leg) {
    if (sessions_.erase(std::string(leg.sid())) != 0) --environment_.desks.sessions;
}

void BoshDesk::pass(unsigned worker, xmpp::BoshBody body, BoshRequestId id) {
    if (worker == environment_.worker) return take(std::move(body), id);
    environment_.desks.post(worker,
                            [body = std::move(body), id](BoshDesk& desk) { desk.take(body, id); });
}

void BoshDesk::pass_gone(unsigned worker, const xmpp::BoshSid& sid, BoshRequestId id) {
    if (worker == environment_.worker) return take_gone(sid, id);
    environment_.desks.post(worker, [sid, id](BoshDesk& desk) { desk.take_gone(sid, id); });
}

void BoshDesk::take(xmpp::BoshBody body, BoshRequestId id) {
    const auto session = sessions_.find(std::string(body.sid.reveal()));
    if (session != sessions_.end()) return session->second->take(std::move(body), id);
    // It has been, and is over: the XEP's own words, for whoever speaks a version that has them.
    const auto status = body.ver ? 200 : legacy_status(xmpp::BoshCondition::item_not_found);
    reply({id, BoshEntity(xmpp::kBoshItemNotFound), static_cast<std::uint16_t>(status)});
}

void BoshDesk::take_gone(const xmpp::BoshSid& sid, BoshRequestId id) {
    const auto session = sessions_.find(std::string(sid.reveal()));
    if (session != sessions_.end()) session->second->request_gone(id);
}

void BoshDesk::reply(const BoshReply& reply) {
    const unsigned worker = worker_in(reply.request);
    if (worker == environment_.worker)
        return deliver(reply.request, reply.status, reply.entity.view());
    environment_.desks.post(worker, [reply](BoshDesk& desk) {
        desk.deliver(reply.request, reply.status, reply.entity.view());
    });
}

void BoshDesk::deliver(BoshRequestId id, std::uint16_t status, std::string_view entity) {
    const auto waiting = waiting_.find(id.get());
    if (waiting == waiting_.end()) return;  // its client is gone
    BoshWaiting* const request = waiting->second;
    waiting_.erase(waiting);
    request->answer(status, entity);
}

}  // namespace proxy
