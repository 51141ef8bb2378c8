#include "proxy/checks/settings_advice.h"

#include <utility>

namespace proxy {

namespace {

/// Weights and the like say nothing about how a server is spoken to.
bool is_same_way(const conf::Backend& left, const conf::Backend& right) {
    return left.host == right.host && left.port == right.port && left.proxy == right.proxy &&
           left.tls == right.tls;
}

}  // namespace

SettingsAdvice::Known& SettingsAdvice::known_of(Id id, const conf::Backend& settings) {
    Known& known = known_[id];
    if (!is_same_way(known.settings, settings)) known = Known{};
    known.settings = settings;
    return known;
}

void SettingsAdvice::note_failure(Id id, const ProbeRequest& request,
                                  std::optional<Symptom> symptom) {
    Known& known = known_of(id, request.backend);
    if (!symptom || known.has_passed || known.is_tried) return;
    known.is_tried = true;
    known.trial = std::make_unique<SettingsTrial>(
        start_check_, request, *symptom,
        [this, id](const std::optional<conf::Backend>& answers) { take(id, answers); });
}

void SettingsAdvice::note_pass(Id id, const conf::Backend& settings) {
    Known& known = known_of(id, settings);
    known.has_passed = true;
    known.finding.clear();
    known.trial.reset();
}

void SettingsAdvice::give_up_trials() {
    for (auto& [id, known] : known_) {
        if (!known.trial) continue;
        known.trial.reset();
        known.is_tried = false;
    }
}

bool SettingsAdvice::has_passed(Id id) const {
    const auto at = known_.find(id);
    return at != known_.end() && at->second.has_passed;
}

std::string_view SettingsAdvice::finding(Id id) const {
    const auto at = known_.find(id);
    return at == known_.end() ? std::string_view() : std::string_view(at->second.finding);
}

void SettingsAdvice::take(Id id, const std::optional<conf::Backend>& answers) {
    Known& known = known_.at(id);
    const std::unique_ptr<SettingsTrial> ended = std::move(known.trial);
    if (answers) known.finding = changed_setting(known.settings, *answers);
    on_found_(id, known.finding);
}

}  // namespace proxy
