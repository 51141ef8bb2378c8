#include "proxy/checks/settings_trial.h"

#include <algorithm>
#include <utility>

namespace proxy {

namespace {

/// A server answered, though there may be something else to repair: its certificate is not asked
/// for here, and what it offers is a matter of the checks to come.
bool has_found_a_server(const ProbeResult& result) {
    return !result.symptom &&
           (!result.failure || result.failure == balancer::HealthReason::bad_answer);
}

}  // namespace

SettingsTrial::SettingsTrial(StartCheck start_check, ProbeRequest failed, Symptom symptom,
                             OnDone on_done)
    : start_check_(std::move(start_check)),
      request_(std::move(failed)),
      on_done_(std::move(on_done)),
      settings_(likely_settings(request_.backend, symptom)) {
    std::reverse(settings_.begin(), settings_.end());
    try_next();
}

void SettingsTrial::try_next() {
    tried_ = std::move(settings_.back());
    settings_.pop_back();
    request_.backend = tried_;
    // As BackendTls::prepare_for_trials() has it.
    request_.backend.tls_verify = false;
    request_.backend.ca_file.clear();
    request_.backend.channel_binding = conf::ChannelBinding::none;
    check_ = start_check_(request_, [this](const ProbeResult& result) { take(result); });
}

void SettingsTrial::take(const ProbeResult& result) {
    const std::unique_ptr<Probe> ended = std::move(check_);
    if (has_found_a_server(result)) {
        // May destroy this.
        std::exchange(on_done_, nullptr)(conf::Backend(std::move(tried_)));
    } else if (settings_.empty()) {
        std::exchange(on_done_, nullptr)(std::nullopt);
    } else {
        try_next();
    }
}

}  // namespace proxy
