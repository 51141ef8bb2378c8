#include "proxy/checks/stream_probe.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "core/timer.h"
#include "proxy/legs/backend_connection.h"
#include "proxy/legs/proxy_protocol.h"

namespace proxy {

namespace {

using std::chrono::milliseconds;

/// How long the backend may take to answer our end of the stream.
constexpr milliseconds kGoodbyeTime{500};

std::optional<Symptom> symptom_of(LinkFailure why) {
    switch (why) {
        case LinkFailure::tls_failed: return Symptom::tls_refused;
        case LinkFailure::ended_early: return Symptom::ended_early;
        case LinkFailure::silent: return Symptom::silent;
        default: return std::nullopt;
    }
}

class StreamProbe final : public Probe, private BackendConnectionEvents {
public:
    StreamProbe(const ProbeEnvironment& environment, ProbeRequest request, OnStreamProbed on_done)
        : request_(std::move(request)),
          on_done_(std::move(on_done)),
          access_{
              .loop = environment.loop,
              .resolver = {std::shared_ptr<void>(), &environment.resolver},  // outlives its probes
              .scan_work = scan_work_,
              .watermarks = watermarks_,
              .tls = [&tls = environment.tls]() -> BackendTls& { return tls; },
              .own = [&own = environment.own]() -> const OwnAddresses& { return own; }},
          dialog_(scan_work_, {.domain = request_.domain,
                               .form = request_.form,
                               .wants_features = request_.wants_features,
                               .max_bytes = request_.max_bytes,
                               .bindings = request_.bindings,
                               .backend = request_.backend,
                               .account = request_.account}),
          greeting_(dialog_.greeting()),
          report_(environment.loop, [this] { report(); }),
          deadline_(environment.loop, [this] { on_deadline(); }) {
        // Before the connection's own one, which is as long: a check that times out ends here.
        deadline_.start(limit_);
        connection_.emplace(access_, approach(), static_cast<BackendConnectionEvents&>(*this));
    }

private:
    BackendApproach approach() const {
        return {.backend = request_.backend,
                .domain = request_.domain,
                .certificate = request_.certificate,
                .greeting = greeting_,
                .preamble =
                    [this](const core::Endpoint& local, const core::Endpoint& remote) {
                        return probe_preamble(request_.backend, local, remote, request_.domain);
                    },
                .deadline = limit_};
    }

    void on_address_failed(const core::Endpoint& address, LinkFailure,
                           std::string_view detail) override {
        last_failure_.clear();
        if (address.family() != core::Endpoint::Family::none) {
            last_failure_ = address.to_string() + ": ";
        }
        last_failure_ += detail;
    }
    void on_failed(LinkFailure why) override {
        std::string detail = last_failure_;
        if (!remedy_for(why).empty()) detail.append("; ").append(remedy_for(why));
        conclude({.failure = health_reason(why),
                  .detail = detail,
                  .offer = {},
                  .symptom = symptom_of(why)});
    }
    void on_open() override {
        const auto left = std::max(request_.timeout - elapsed(), milliseconds(0));
        limit_ = std::min(request_.timeout, request_.answer_timeout);
        deadline_.start(std::min(left, limit_));
    }

    std::size_t on_bytes(std::string_view window) override {
        ProbeDialog::Step step = dialog_.on_bytes(window);
        connection_->send(step.send);
        if (step.verdict) conclude(*std::move(step.verdict));
        if (dialog_.is_over()) {
            connection_->finish();
            report_soon();
        }
        return step.consumed;
    }
    void on_end() override { end({}); }
    void on_lost(std::string_view detail) override { end(detail); }
    void on_drained() override {}

    /// Nothing comes from the backend any more.
    void end(std::string_view detail) {
        if (auto verdict = dialog_.on_end()) {
            if (!detail.empty()) verdict->detail.append(": ").append(detail);
            conclude(*std::move(verdict));
        }
        connection_->close();
        report_soon();
    }

    void on_deadline() {
        if (!verdict_ && dialog_.has_passed()) {
            conclude(*dialog_.on_end());
        } else if (!verdict_) {
            conclude_late(connection_->step());
        }
        connection_->close();
        report_soon();
    }
    void conclude_late(BackendConnection::Step step) {
        using Step = BackendConnection::Step;
        if (step == Step::resolving) {
            last_failure_ = dns::words_for_awaited_host(request_.backend.host);
            on_failed(LinkFailure::host_not_found);
            return;
        }
        const std::string_view what = step == Step::connecting ? "not connected"
                                      : step == Step::starttls ? "no STARTTLS"
                                      : step == Step::tls      ? "no TLS handshake"
                                                               : "no features";
        ProbeVerdict late{.failure = balancer::HealthReason::timed_out, .detail = {}, .offer = {}};
        late.detail.append(what).append(" within ").append(std::to_string(limit_.count()));
        late.detail += " ms";
        if (step != Step::connecting) late.symptom = Symptom::silent;
        conclude(std::move(late));
    }

    void conclude(ProbeVerdict verdict) {
        took_ = elapsed();
        verdict_ = std::move(verdict);
        if (verdict_->failure) {
            report_soon();
        } else {
            deadline_.start(kGoodbyeTime);
        }
    }
    void report_soon() {
        deadline_.cancel();
        // From the loop: we may be inside a callback of what our owner will destroy.
        report_.start_now();
    }
    void report() {
        const auto on_done = std::exchange(on_done_, nullptr);
        if (!on_done) return;
        on_done(*verdict_, took_);
    }

    milliseconds elapsed() const {
        return std::chrono::ceil<milliseconds>(core::Clock::now() - started_);
    }

    const ProbeRequest request_;
    OnStreamProbed on_done_;
    const core::TimePoint started_ = core::Clock::now();
    xmpp::ScanWorkPool scan_work_;
    const core::Watermarks watermarks_;
    const BackendEnvironment access_;
    ProbeDialog dialog_;
    const std::string greeting_;
    std::string last_failure_;
    std::optional<ProbeVerdict> verdict_;
    milliseconds took_{0};
    /// Of what is waited for, the connection or the answer.
    milliseconds limit_ = std::min(request_.timeout, request_.connect_timeout);
    core::Timer report_;    // at once, but from the loop
    core::Timer deadline_;  // of the check, then of the goodbye
    std::optional<BackendConnection> connection_;
};

}  // namespace

std::unique_ptr<Probe> start_stream_probe(const ProbeEnvironment& environment,
                                          const ProbeRequest& request, OnStreamProbed on_done) {
    return std::make_unique<StreamProbe>(environment, request, std::move(on_done));
}

}  // namespace proxy
