#pragma once
// Checks a backend whose own settings do not work with those that may
// (proxy/checks/likely_settings), one after the other, until one finds an XMPP server. Each trial
// says no more than a check does, and begins to speak at once, because servers that wait for a
// PROXY header accept nobody else meanwhile. Control loop's thread only.

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "conf/config.h"
#include "proxy/checks/likely_settings.h"
#include "proxy/checks/probe.h"

namespace proxy {

class SettingsTrial {
public:
    /// As proxy/checks/prober's start_probe, in the owner's environment.
    using StartCheck = std::function<std::unique_ptr<Probe>(
        ProbeRequest, std::function<void(const ProbeResult&)> on_done)>;
    /// The settings that found a server; none did.
    using OnDone = std::function<void(const std::optional<conf::Backend>&)>;

    /// `failed` is the check that has failed with `symptom`. `on_done` comes once, from the loop,
    /// never from within this call; it may destroy the trial.
    SettingsTrial(StartCheck start_check, ProbeRequest failed, Symptom symptom, OnDone on_done);

private:
    void try_next();
    void take(const ProbeResult& result);

    StartCheck start_check_;
    ProbeRequest request_;
    OnDone on_done_;
    std::vector<conf::Backend> settings_;  // not tried yet, last first
    conf::Backend tried_;                  // those that are tried now
    std::unique_ptr<Probe> check_;
};

}  // namespace proxy
