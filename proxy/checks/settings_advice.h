#pragma once
// Finds out, once for each backend that has never passed a check, whether it answers with other
// settings than those of the configuration (proxy/checks/settings_trial), and remembers the finding
// until the backend passes or its settings change. Control loop's thread only.
// Why: proxy/README.md, "Trying other settings".

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "balancer/backend_id.h"
#include "proxy/checks/settings_trial.h"

namespace proxy {

class SettingsAdvice {
public:
    using Id = balancer::BackendId;
    /// A trial has ended: with the setting that found a server (`proxy = "off"`), or with none.
    using OnFound = std::function<void(Id id, std::string_view setting)>;

    SettingsAdvice(SettingsTrial::StartCheck start_check, OnFound on_found)
        : start_check_(std::move(start_check)), on_found_(std::move(on_found)) {}

    /// A check as `request` asks for it has failed. No symptom: settings do not explain it.
    void note_failure(Id id, const ProbeRequest& request, std::optional<Symptom> symptom);
    /// A check has passed: the settings are right, and what fails later has other causes.
    void note_pass(Id id, const conf::Backend& settings);
    /// The backend has left.
    void forget(Id id) { known_.erase(id); }
    /// Ends trials under way; a next failure begins them anew.
    void give_up_trials();

    bool has_passed(Id id) const;
    /// The setting with which it answers; empty when none is known.
    std::string_view finding(Id id) const;

private:
    struct Known {
        conf::Backend settings;
        bool has_passed = false;
        bool is_tried = false;
        std::string finding;
        std::unique_ptr<SettingsTrial> trial;
    };
    /// What is known of the backend with these settings.
    Known& known_of(Id id, const conf::Backend& settings);
    void take(Id id, const std::optional<conf::Backend>& answers);

    SettingsTrial::StartCheck start_check_;
    OnFound on_found_;
    std::map<Id, Known> known_;
};

}  // namespace proxy
