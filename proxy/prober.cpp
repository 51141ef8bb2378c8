#include "proxy/prober.h"

#include <optional>
#include <utility>

#include "proxy/stream_probe.h"

namespace proxy {

namespace {

using std::chrono::milliseconds;

class BackendProbe final : public Probe {
public:
    BackendProbe(const ProbeEnvironment& environment, ProbeRequest request,
                 std::function<void(const ProbeResult&)> on_done)
        : on_done_(std::move(on_done)), waits_for_user_(request.asks_both) {
        if (request.asks_both) {
            request.form = HeaderForm::user;
            user_stream_ = start_stream_probe(
                environment, request,
                [this](const ProbeVerdict& verdict, milliseconds) { take_user(verdict); });
            request.form = HeaderForm::anonymous;
        }
        stream_ = start_stream_probe(environment, request,
                                     [this, form = request.form](const ProbeVerdict& verdict,
                                                                 milliseconds took) {
                                         take(form, verdict, took);
                                     });
    }

private:
    void take(HeaderForm form, const ProbeVerdict& verdict, milliseconds took) {
        result_.failure = verdict.failure;
        result_.detail = verdict.detail;
        result_.symptom = verdict.symptom;
        result_.took = took;
        (form == HeaderForm::user ? result_.user_offer : result_.offer) = verdict.offer;
        is_judged_ = true;
        // A backend that answers nobody answers no user.
        if (verdict.failure) waits_for_user_ = false;
        report_if_done();
    }
    void take_user(const ProbeVerdict& verdict) {
        result_.user_offer = verdict.offer;
        if (verdict.failure) result_.user_refusal = verdict.detail;
        waits_for_user_ = false;
        report_if_done();
    }
    void report_if_done() {
        if (!is_judged_ || waits_for_user_) return;
        if (result_.failure) {
            result_.user_offer.reset();
            result_.user_refusal.clear();
        }
        // May destroy this.
        std::exchange(on_done_, nullptr)(ProbeResult(std::move(result_)));
    }

    std::function<void(const ProbeResult&)> on_done_;
    ProbeResult result_;
    bool is_judged_ = false;
    bool waits_for_user_;
    std::unique_ptr<Probe> stream_;
    std::unique_ptr<Probe> user_stream_;
};

}  // namespace

std::unique_ptr<Probe> start_probe(const ProbeEnvironment& environment, ProbeRequest request,
                                   std::function<void(const ProbeResult&)> on_done) {
    return std::make_unique<BackendProbe>(environment, std::move(request), std::move(on_done));
}

}  // namespace proxy
