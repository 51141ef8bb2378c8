#pragma once
// In whose name a pool's backends are checked. Pure; any thread.

#include <cstddef>
#include <string>
#include <vector>

#include "conf/config.h"
#include "proxy/offers/header_form.h"

namespace proxy {

/// One check: the domain of its stream, whether the features found are what clients of the domain
/// will see, and the form of the header that asks for them.
struct CheckTarget {
    std::string domain;
    bool wants_features = false;
    HeaderForm form = HeaderForm::anonymous;
    friend bool operator==(const CheckTarget&, const CheckTarget&) = default;
};

struct CheckTargets {
    /// The domains that clients ask for by just this name, in the order of the file.
    std::vector<std::string> domains;
    /// Without any: what stands behind a wildcard, else the first domain of all; empty: there is
    /// none either.
    std::string stand_in;

    /// Of check number `turn` of a backend: the domains in rotation, by one form and then by the
    /// other; else the stand-in, else the
    /// backend's own host.
    CheckTarget at(std::size_t turn, const conf::Backend& backend) const;
    friend bool operator==(const CheckTargets&, const CheckTargets&) = default;
};

CheckTargets check_targets(const conf::Config& config, const std::string& pool);

}  // namespace proxy
