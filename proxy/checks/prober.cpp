#include "proxy/checks/prober.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "core/wanted_certificate.h"
#include "proxy/checks/stream_probe.h"

namespace proxy {

namespace {

using std::chrono::milliseconds;

class BackendProbe final : public Probe {
public:
    BackendProbe(const ProbeEnvironment& environment, ProbeRequest request,
                 std::function<void(const ProbeResult&)> on_done)
        : on_done_(std::move(on_done)), waits_for_user_(request.asks_both) {
        if (request.asks_both) {
            // One question about the account is enough.
            const std::string account = std::exchange(request.account, {});
            request.form = HeaderForm::user;
            user_stream_ = start_stream_probe(
                environment, request,
                [this](const ProbeVerdict& verdict, milliseconds) { take_user(verdict); });
            request.form = HeaderForm::anonymous;
            request.account = account;
        }
        stream_ = start_stream_probe(
            environment, request,
            [this, form = request.form](const ProbeVerdict& verdict, milliseconds took) {
                take(form, verdict, took);
            });
    }

private:
    void take(HeaderForm form, const ProbeVerdict& verdict, milliseconds took) {
        result_.failure = verdict.failure;
        result_.detail = verdict.detail;
        result_.symptom = verdict.symptom;
        result_.took = took;
        result_.software = verdict.software;
        result_.mark = verdict.mark;
        (form == HeaderForm::user ? result_.user_offer : result_.offer) = verdict.offer;
        (form == HeaderForm::user ? result_.user_warning : result_.warning) = verdict.warning;
        is_judged_ = true;
        // A backend that answers nobody answers no user.
        if (verdict.failure) waits_for_user_ = false;
        report_if_done();
    }
    void take_user(const ProbeVerdict& verdict) {
        result_.user_offer = verdict.offer;
        result_.user_warning = verdict.warning;
        if (verdict.failure) result_.user_refusal = verdict.detail;
        waits_for_user_ = false;
        report_if_done();
    }
    void report_if_done() {
        if (!is_judged_ || waits_for_user_) return;
        if (result_.failure) {
            result_.user_offer.reset();
            result_.user_warning.reset();
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

/// A check for each certificate of the domain (an ECDSA and an RSA one), one after another: clients
/// of either kind have to find theirs at the backend. The first failure is the result, else the
/// last check's, and the time of all.
class EachCertificateProbe final : public Probe {
public:
    EachCertificateProbe(const ProbeEnvironment& environment, ProbeRequest request,
                         std::function<void(const ProbeResult&)> on_done)
        : environment_(environment), request_(std::move(request)), on_done_(std::move(on_done)) {
        const core::CertificateStore& store = *environment.certificates;
        const core::CertificateFolder* folder = store.find(request_.domain);
        if (folder == nullptr && store.folders().size() == 1)
            folder = &store.folders().begin()->second;
        if (folder == nullptr) folder = store.fallback();
        // References, because a reload may replace the store meanwhile.
        if (folder != nullptr)
            for (const core::KeyPair& pair : folder->pairs)
                certificates_.push_back(core::share(pair.leaf.get()));
        if (certificates_.empty()) certificates_.push_back(nullptr);
        check_next();
    }

private:
    void check_next() {
        ProbeRequest request = request_;
        request.timeout = std::max(request_.timeout - took_, milliseconds(1));
        request.certificate = certificates_[at_].get();
        probe_ = std::make_unique<BackendProbe>(environment_, std::move(request),
                                                [this](const ProbeResult& found) { take(found); });
    }
    void take(const ProbeResult& found) {
        took_ += found.took;
        if (!found.failure && ++at_ < certificates_.size()) {
            check_next();
            return;
        }
        ProbeResult result = found;
        result.took = took_;
        const auto on_done = std::move(on_done_);
        on_done(result);
    }

    const ProbeEnvironment environment_;
    const ProbeRequest request_;
    std::function<void(const ProbeResult&)> on_done_;
    std::vector<core::Certificate> certificates_;
    std::size_t at_ = 0;
    milliseconds took_{0};
    std::unique_ptr<BackendProbe> probe_;
};

}  // namespace

std::unique_ptr<Probe> start_probe(const ProbeEnvironment& environment, ProbeRequest request,
                                   std::function<void(const ProbeResult&)> on_done) {
    const bool has_to_be_the_same =
        request.backend.channel_binding == conf::ChannelBinding::same_certificate;
    // Behind a wildcard nobody knows which name, and so which certificate, a client will ask for.
    if (has_to_be_the_same && request.wants_features && environment.certificates != nullptr) {
        return std::make_unique<EachCertificateProbe>(environment, std::move(request),
                                                      std::move(on_done));
    }
    return std::make_unique<BackendProbe>(environment, std::move(request), std::move(on_done));
}

}  // namespace proxy
