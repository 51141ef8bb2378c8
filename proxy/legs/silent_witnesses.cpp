#include "proxy/legs/silent_witnesses.h"

#include <utility>

#include "core/timer.h"
#include "xmpp/stream_header.h"

namespace proxy {

void close_unused(BackendConnection& connection) {
    if (connection.is_open()) {
        connection.send(xmpp::kStreamEnd);
        connection.finish();
    }
    connection.close();
}

class SilentWitnesses::Witness final : public core::Deletable, private BackendConnectionEvents {
public:
    Witness(SilentWitnesses& all, Attempt what, std::chrono::milliseconds time)
        : attempt(std::move(what)), end(all.loop_, [this] { all_.dismiss(*this); }), all_(all) {
        attempt.connection->hand_over(static_cast<BackendConnectionEvents&>(*this));
        end.start(time);
    }

    const Attempt attempt;
    core::Timer end;

private:
    void on_address_failed(const core::Endpoint&, LinkFailure, std::string_view) override {}
    void on_failed(LinkFailure) override { all_.dismiss(*this); }
    void on_open() override {}
    std::size_t on_bytes(std::string_view window) override {
        all_.testify(*this);
        return window.size();
    }
    void on_end() override { all_.dismiss(*this); }
    void on_lost(std::string_view) override { all_.dismiss(*this); }
    void on_drained() override {}

    SilentWitnesses& all_;
};

SilentWitnesses::SilentWitnesses(core::EventLoop& loop, balancer::Router& router,
                                 PassiveReports& reports, balancer::Patience& patience)
    : loop_(loop), router_(router), reports_(reports), patience_(patience) {}

SilentWitnesses::~SilentWitnesses() = default;

void SilentWitnesses::keep(Attempt attempt, core::TimePoint until) {
    const auto time = std::chrono::ceil<std::chrono::milliseconds>(until - core::Clock::now());
    const balancer::BackendId id = attempt.member->id;
    if (all_.contains(id) || time.count() <= 0) {
        close_unused(*attempt.connection);
        return;
    }
    all_.emplace(id, std::make_unique<Witness>(*this, std::move(attempt), time));
}

void SilentWitnesses::testify(Witness& witness) {
    const Attempt& attempt = witness.attempt;
    patience_.note_answer(attempt.member->id, core::Clock::now() - attempt.began);
    router_.note_success(*attempt.member);
    reports_.note_success(attempt.member->id);
    dismiss(witness);
}

void SilentWitnesses::dismiss(Witness& witness) {
    close_unused(*witness.attempt.connection);
    witness.end.cancel();
    auto entry = all_.extract(witness.attempt.member->id);
    loop_.defer_delete(std::move(entry.mapped()));
}

}  // namespace proxy
